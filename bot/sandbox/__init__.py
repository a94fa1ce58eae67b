"""The whole product on one machine, without accounts: a local Discord, a local YouTube and a chat page."""
