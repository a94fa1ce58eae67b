"""Values that the tests of the store use."""

from classifier.values import Channel, Guess, Prediction

ADMIN, MEMBER, OTHER = (90_000_000_000_000_000 + n for n in range(3))
SERVER = 2**63 - 1
NEIGHBOUR = 1_234_567_890_123_456_789

PEIXE = Channel("canalpeixebabel", "Canal Peixe Babel", "UCpeixe", "@CanalPeixeBabel")
NERD = Channel("nerdologia", "Nerdologia", "UCnerd", "@nerdologia")


def prediction(channel: Channel = NERD, confidence: float = 0.75, *, unknown: bool = False) -> Prediction:
    """A prediction of two channels."""
    other = PEIXE if channel is NERD else NERD
    return Prediction((Guess(channel, confidence), Guess(other, 1 - confidence)), unknown, "v1")
