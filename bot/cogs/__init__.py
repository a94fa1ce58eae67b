"""One file a face: what people can ask of the bot. Thin: no logic that needs no Discord."""
