from bot.seen import SeenMessages


def test_a_message_is_new_once() -> None:
    seen = SeenMessages()
    assert [seen.add(message) for message in (1, 2, 1, 1, 2, 3)] == [True, True, False, False, False, True]


def test_only_the_newest_are_remembered() -> None:
    seen = SeenMessages(size=2)
    for message in (1, 2, 3):
        seen.add(message)
    assert [seen.add(message) for message in (3, 2, 1)] == [False, False, True]
