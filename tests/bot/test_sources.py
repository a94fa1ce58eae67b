"""Pictures and links to videos are found wherever a message may hold them; what its author hides stays hidden."""

import re
from pathlib import Path
from typing import Any

import pytest

import bot.replies
from bot.sources import HIDDEN_NAME, PLOTS, Finder, Source, attached
from classifier.errors import LinkError
from tests.bot.messages import CDN, ME, PROXY, attachment, media, message, payload, snapshot

VIDEO, OTHER = "jNQXAC9IVRw", "abcdefghijk"
LINK = f"https://youtu.be/{VIDEO}"
PLAYLIST = "https://www.youtube.com/playlist?list=PLx"
PICTURE = attachment("dog.png", "image/png", width=20, height=30)
HIDDEN = attachment("SPOILER_end.png", "image/png")
finder = Finder("https://i.ytimg.com")


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def found(**fields: Any) -> list[str]:
    """What a question about a message finds: ids of videos, else addresses."""
    return [source.video_id or source.url for source in finder.asked(message(**fields), ME)]


GALLERY = {"type": 12, "items": [{"media": media("https://elsewhere.example/a.png")}]}
SECTION = {
    "type": 9,
    "components": [text("look")],
    "accessory": {"type": 11, "media": media("https://elsewhere.example/b.png")},
}
FILE = {"type": 13, "file": media(f"{CDN}/c.png", attachment_id="1"), "name": "c.png", "size": 9}
IMAGE = {"type": "image", "url": "https://elsewhere.example/d.png"}
IMAGE["thumbnail"] = {"url": IMAGE["url"], "proxy_url": f"{PROXY}/d.png", "width": 4, "height": 5}
PREVIEW = {"type": "video", "url": f"https://www.youtube.com/watch?v={VIDEO}", "thumbnail": IMAGE["thumbnail"]}
POLL = {
    "question": {"text": f"Who made {LINK}?"},
    "answers": [{"answer_id": 1, "poll_media": {"text": "Nerdologia"}}],
    "expiry": "2026-01-03T03:04:05+00:00",
    "allow_multiselect": False,
    "layout_type": 1,
    "results": {"is_finalized": False, "answer_counts": []},
}
STICKER = {"id": "5", "name": "cat", "format_type": 1}
PLACES = {
    "attachment": ({"attachments": [PICTURE]}, f"{CDN}/dog.png"),
    "media gallery": ({"components": [GALLERY]}, f"{PROXY}/a.png"),
    "section": ({"components": [SECTION]}, f"{PROXY}/b.png"),
    "file": ({"components": [FILE]}, f"{CDN}/c.png"),
    "container": ({"components": [{"type": 17, "components": [text("look"), GALLERY]}]}, f"{PROXY}/a.png"),
    "thumbnail of a video in a gallery": (
        {"components": [{"type": 12, "items": [{"media": media(f"https://i.ytimg.com/vi/{VIDEO}/hq720.jpg")}]}]},
        VIDEO,
    ),
    "image": ({"embeds": [IMAGE]}, f"{PROXY}/d.png"),
    "video": ({"embeds": [PREVIEW]}, VIDEO),
    "video's player": (
        {"embeds": [{"type": "rich", "title": "News", "video": {"url": f"https://www.youtube.com/embed/{VIDEO}"}}]},
        VIDEO,
    ),
    "large image": (
        {"embeds": [{"type": "rich", "url": "https://x.example", "image": IMAGE["thumbnail"]}]},
        f"{PROXY}/d.png",
    ),
    "moving picture": (
        {
            "embeds": [
                {
                    "type": "gifv",
                    "url": "https://tenor.com/view/x-1",
                    "video": {"url": "https://media.tenor.com/x.mp4"},
                    "thumbnail": {"url": "https://media.tenor.com/x.png", "proxy_url": f"{PROXY}/x.png"},
                }
            ]
        },
        f"{PROXY}/x.png",
    ),
    "text": ({"content": f"see <{LINK}>"}, VIDEO),
    "text between components": ({"components": [text(f"see {LINK}")]}, VIDEO),
    "embed's title": ({"embeds": [{"type": "rich", "title": f"see {LINK}"}]}, VIDEO),
    "embed's description": ({"embeds": [{"type": "rich", "description": f"[video]({LINK})"}]}, VIDEO),
    "embed's field": ({"embeds": [{"type": "rich", "fields": [{"name": "new", "value": LINK}]}]}, VIDEO),
    "link button": (
        {"components": [{"type": 1, "components": [{"type": 2, "style": 5, "label": "Watch", "url": LINK}]}]},
        VIDEO,
    ),
    "sticker": ({"sticker_items": [STICKER]}, "https://cdn.discordapp.com/stickers/5.png"),
}


@pytest.mark.parametrize("forwarded", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_a_picture_or_link_is_found_in_every_place(place: str, forwarded: bool) -> None:
    fields, wanted = PLACES[place]
    assert found(**({"message_snapshots": [snapshot(**fields)]} if forwarded else fields)) == [wanted]


def test_a_link_in_a_poll_is_found() -> None:
    assert found(poll=POLL) == [VIDEO]


def test_the_picture_of_the_message_that_another_one_replies_to_is_found() -> None:
    reply = {"type": 19, "message_reference": {"channel_id": "3", "message_id": "4"}}
    assert found(content="who?", referenced_message=payload(attachments=[PICTURE]), **reply) == [f"{CDN}/dog.png"]
    assert found(content=LINK, referenced_message=payload(attachments=[PICTURE]), **reply) == [VIDEO]
    assert found(content="who?", referenced_message=None, **reply) == []


def test_uploads_come_before_embeds_and_embeds_before_links() -> None:
    embed = PREVIEW | {"url": f"https://www.youtube.com/shorts/{OTHER}"}
    assert found(content=LINK, attachments=[PICTURE], embeds=[embed]) == [f"{CDN}/dog.png"]
    assert found(content=LINK, embeds=[embed, embed]) == [OTHER]
    assert found(content=f"{LINK} and {LINK}", embeds=[{"type": "rich", "title": "words"}]) == [VIDEO]
    assert found(content="nothing") == []


def test_a_picture_in_two_places_counts_once() -> None:
    upload = attachment("c.png", "image/png")
    assert found(attachments=[upload], components=[FILE]) == [f"{CDN}/c.png"]


@pytest.mark.parametrize(
    "fields",
    [
        {"attachments": [attachment("a.mp4", "video/mp4"), attachment("a.txt")]},
        {
            "components": [
                {"type": 12, "items": [{"media": media("https://x.example/a.mp4", content_type="video/mp4")}]}
            ]
        },
        {"components": [{"type": 14}]},
        {"embeds": [{"type": "rich", "title": "words", "author": {"icon_url": "https://x.example/a.png"}}]},
        {"content": PLAYLIST},
        {"sticker_items": [STICKER | {"format_type": 3}]},
        {"embeds": [{"type": "rich", "url": "http://[", "image": {"url": ""}}]},
        {"content": "|| || |||| http://[ ||x"},
    ],
)
def test_what_is_no_picture_is_not_found(fields: dict[str, Any]) -> None:
    assert found(**fields) == []


def test_a_source_has_what_discord_says_about_the_picture() -> None:
    assert finder.asked(message(attachments=[PICTURE])) == (Source("dog.png", f"{CDN}/dog.png", size=9, pixels=600),)
    assert finder.asked(message(embeds=[IMAGE | {"title": "A"}])) == (Source("A", f"{PROXY}/d.png", pixels=20),)
    assert finder.asked(message(components=[GALLERY])) == (Source("a.png", f"{PROXY}/a.png", pixels=20),)


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("a.png", "image/png", True),
        ("a.PNG", None, True),
        ("a.jpeg", "application/octet-stream", True),
        ("noname", "image/webp", True),
        ("a.mp4", "video/mp4", False),
        ("a.txt", None, False),
        ("png", None, False),
    ],
)
def test_pictures_are_recognised_by_type_or_name(name: str, content_type: str | None, expected: bool) -> None:
    assert bool(attached(message(attachments=[attachment(name, content_type)]).attachments)) is expected


# What its author hides


COVERED = {"type": 12, "items": [{"media": media("https://elsewhere.example/a.png"), "spoiler": True}]}
SPOILERS = {
    "name": {"attachments": [HIDDEN]},
    "flag": {"attachments": [PICTURE | {"flags": 1 << 3}]},
    "gallery": {"components": [COVERED]},
    "thumbnail": {"components": [SECTION | {"accessory": SECTION["accessory"] | {"spoiler": True}}]},  # type: ignore[operator]
    "file": {"components": [FILE | {"spoiler": True}]},
    "container": {"components": [{"type": 17, "spoiler": True, "components": [GALLERY]}]},
    "text in a container": {"components": [{"type": 17, "spoiler": True, "components": [text(LINK)]}]},
    "link": {"content": f"the end: ||{LINK}||"},
    "link among words": {"content": f"||the end:\n{LINK} !||"},
    "preview of a link": {"content": f"||{LINK}||", "embeds": [PREVIEW]},
    "preview of another address": {"content": "||https://t.example/x||", "embeds": [IMAGE]},
    "one of two previews": {"content": f"https://x.example ||{LINK}||", "embeds": [PREVIEW]},
    "link in an embed": {"embeds": [{"type": "rich", "description": f"||[video]({LINK})||"}]},
    "upload that is also open": {"attachments": [attachment("c.png")], "components": [FILE | {"spoiler": True}]},
}


@pytest.mark.parametrize("forwarded", [False, True])
@pytest.mark.parametrize("kind", SPOILERS)
def test_what_its_author_hides_is_hidden(kind: str, forwarded: bool) -> None:
    fields: dict[str, Any] = {"message_snapshots": [snapshot(**SPOILERS[kind])]} if forwarded else SPOILERS[kind]
    (source,) = finder.asked(message(**fields), ME)
    assert source.spoiler
    assert source.name == HIDDEN_NAME, "a name can give away what the picture shows"


@pytest.mark.parametrize(
    "fields",
    [
        {"content": f"{LINK} ||boo||", "embeds": [PREVIEW]},
        {"content": f"{LINK} ||https://youtu.be/{OTHER}||", "embeds": [PREVIEW]},
        {"content": "https://elsewhere.example/d.png ||https://x.example||", "embeds": [IMAGE]},
        {"content": f"|| {LINK}"},
    ],
)
def test_what_its_author_shows_is_not_hidden(fields: dict[str, Any]) -> None:
    assert not finder.asked(message(**fields), ME)[0].spoiler


@pytest.mark.parametrize(
    ("words", "spoiler"), [(LINK, False), (f"||{LINK}||", True), (f"|| {LINK} ||", True), (f"{LINK} ||{LINK}||", False)]
)
def test_a_link_that_somebody_names_can_be_hidden(words: str, spoiler: bool) -> None:
    source = finder.link(words)
    assert (source.video_id, source.spoiler) == (VIDEO, spoiler)
    with pytest.raises(LinkError):
        finder.link("|| ||")


# What the bot draws itself


PLOT = attachment("confidence.png", "image/png")
ANSWER = {
    "embeds": [
        {
            "type": "rich",
            "title": "Nerdologia",
            "image": {"url": f"{CDN}/confidence.png?ex=1", "proxy_url": f"{CDN}/confidence.png"},
        }
    ]
}


@pytest.mark.parametrize("attachments", [[], [PLOT]])
def test_the_bots_own_plots_are_nobodys_picture(attachments: list[dict[str, Any]]) -> None:
    assert found(author=ME, attachments=attachments, **ANSWER) == []
    assert found(author=ME, attachments=[attachment("old-name.png")]) == []
    forwarded = snapshot(attachments=attachments, **ANSWER)
    assert found(message_snapshots=[forwarded]) == []
    assert finder.posted(message(message_snapshots=[forwarded]), ME) == ()


def test_a_question_about_an_answer_is_about_its_picture() -> None:
    (embed,) = ANSWER["embeds"]
    shown = {"embeds": [embed | {"thumbnail": {"url": f"{CDN}/dog.png", "width": 4, "height": 5}}]}
    assert found(author=ME, **shown) == [f"{CDN}/dog.png"]
    linked = {"embeds": [embed | {"description": f"**Likely**: 80%\n[video]({LINK})"}]}
    assert found(author=ME, **linked) == [VIDEO]
    reply = {"type": 19, "message_reference": {"channel_id": "3", "message_id": "4"}}
    assert found(author=ME, referenced_message=payload(attachments=[PICTURE]), **reply, **ANSWER) == [f"{CDN}/dog.png"]


def test_a_person_can_upload_a_file_of_the_same_name() -> None:
    assert found(attachments=[PLOT]) == [f"{CDN}/confidence.png"]


def test_every_drawing_of_the_bots_is_known_as_its_own() -> None:
    modules = Path(bot.replies.__file__).parent.glob("*.py")
    names = {name for module in modules for name in re.findall(r'Drawing\(\s*f?"([^"]+)"', module.read_text())}
    assert {name.replace("{number}", number) for name in names for number in "12"} == PLOTS


# What is posted


def test_only_what_people_see_as_a_picture_is_posted() -> None:
    def posted(**fields: Any) -> list[str]:
        return [source.video_id or source.url for source in finder.posted(message(**fields), ME)]

    assert posted(attachments=[PICTURE], content=LINK) == [f"{CDN}/dog.png"]
    assert posted(message_snapshots=[snapshot(attachments=[PICTURE])]) == [f"{CDN}/dog.png"]
    assert posted(embeds=[IMAGE]) == [f"{PROXY}/d.png"]
    assert posted(content=LINK) == []
    assert posted(content=LINK, embeds=[PREVIEW]) == []
    assert posted(content=LINK, embeds=[IMAGE, PREVIEW]) == []
    assert posted(sticker_items=[STICKER]) == []
    reply = {"type": 19, "message_reference": {"channel_id": "3", "message_id": "4"}}
    assert posted(content="nice", referenced_message=payload(attachments=[PICTURE]), **reply) == []


@pytest.mark.parametrize("place", PLACES)
def test_the_pictures_that_are_posted_are_those_that_a_question_finds(place: str) -> None:
    """Else Why?, which looks for the picture again, would explain another one."""
    fields, _ = PLACES[place]
    sent = message(**fields)
    assert finder.posted(sent, ME) in ((), finder.asked(sent, ME))
