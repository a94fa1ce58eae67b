"""The whole product on one machine, with no account: a local Discord, a local YouTube and a chat page."""
