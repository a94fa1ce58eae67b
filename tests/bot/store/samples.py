"""Values that the tests of the store use."""

from classifier.values import Channel, Guess, KnownVideo, Prediction

ADMIN, MEMBER, OTHER = (90_000_000_000_000_000 + n for n in range(3))
SERVER = 2**63 - 1
NEIGHBOUR = 1_234_567_890_123_456_789

PEIXE = Channel("canalpeixebabel", "Canal Peixe Babel", "UCpeixe", "@CanalPeixeBabel")
NERD = Channel("nerdologia", "Nerdologia", "UCnerd", "@nerdologia")


VIDEO = KnownVideo("abcdefghijk", "A video", PEIXE)


def prediction(
    channel: Channel = NERD, confidence: float = 0.75, *, unknown: bool = False, exact: bool = False
) -> Prediction:
    """A prediction of two channels; an `exact` one is a video of Peixe Babel."""
    other = PEIXE if channel is NERD else NERD
    guesses = (Guess(channel, confidence), Guess(other, 1 - confidence))
    return Prediction(guesses, unknown, "v1", exact=VIDEO if exact else None)
