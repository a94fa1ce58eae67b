"""Every form of a YouTube link that people paste, and nothing else."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import LinkError
from classifier.links import ChannelRef, channel_ref, thumbnail_url, video_id

ID = "jNQXAC9IVRw"
CHANNEL = "UC4QobU6STFB0P71PMvOGN5A"

FORMS = [
    "https://www.youtube.com/watch?v={}",
    "http://youtube.com/watch?v={}",
    "https://m.youtube.com/watch?app=desktop&v={}",
    "https://music.youtube.com/watch?v={}&list=RDAMVM",
    "https://www.youtube.com/watch?list=PLx&index=3&v={}&t=42s",
    "https://www.youtube.com/watch?feature=share&amp;v={}",
    "https://www.youtube.com/watch?v={}#t=1m",
    "https://www.youtube.com/watch?v={}#",
    "https://www.youtube.com/?v={}",
    "https://www.youtube.com/watch#!v={}",
    "https://www.youtube.com/#!/watch?v={}",
    "https://www.youtube.com/watch_popup?v={}",
    "https://www.youtube.com/watch/{}",
    "https://youtu.be/{}",
    "https://youtu.be/{}?si=AbCdEf_12&t=3",
    "https://www.youtu.be/{}/",
    "https://youtu.be/watch?v={}",
    "https://www.youtube.com/shorts/{}",
    "https://youtube.com/shorts/{}?feature=share",
    "https://www.youtube.com/live/{}?si=x",
    "https://www.youtube.com/embed/{}",
    "https://www.youtube.com/embed/{}?list=PLx",
    "https://www.youtube.com/v/{}",
    "https://www.youtube.com/v/{}&hl=en_US&fs=1",
    "https://www.youtube.com/e/{}",
    "https://www.youtube-nocookie.com/embed/{}",
    "https://www.youtubekids.com/watch?v={}",
    "https://youtube.googleapis.com/v/{}?version=3",
    "https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{}%26feature%3Dshare",
    "https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}&v=another0000",
    "https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2F{}",
    "https://www.youtube.com/oembed?url=https%3A%2F%2Fyoutu.be%2F{}&format=json",
    "https://i.ytimg.com/vi/{}/mqdefault.jpg",
    "https://i.ytimg.com/vi/{}/hq720.jpg?sqp=-oaymwEc&rs=AOn4CLB",
    "https://i3.ytimg.com/vi/{}/maxresdefault_live.jpg",
    "https://i.ytimg.com/vi_webp/{}/maxresdefault.webp",
    "https://i.ytimg.com/an_webp/{}/mqdefault_6s.webp",
    "https://img.youtube.com/vi/{}/0.jpg",
    "HTTPS://WWW.YOUTUBE.COM/watch?v={}",
    "YouTu.be/{}",
    "www.youtube.com/watch?v={}",
    "youtube.com/shorts/{}",
    "//www.youtube.com/embed/{}",
    "https://www.youtube.com:443/watch?v={}",
    "https://www.youtube.com/watch?NR=1&feature=endscreen&v={}",
    "https://youtu.be/{}%3Fsi=x",
    "https://www.youtube.com/tv#/watch?v={}",
    "https://www.youtube.com/tv?v={}",
    "https://www.youtube.com/#/shorts/{}",
    "https://tv.youtube.com/watch/{}",
    "https://studio.youtube.com/video/{}/edit",
    "https://studio.youtube.com/video/{}/analytics/tab-overview/period-default",
    "https://www.youtube.com/source/{}/shorts",
    "https://www.youtubeeducation.com/embed/{}",
    "https://www.youtube.com/signin?next=%2Fwatch%3Fv%3D{}",
    "https://www.google.com/url?q=https://www.youtube.com/watch%3Fv%3D{}&sa=D",
    "https://www.google.com.br/url?sa=t&q=how+to+cook&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}&usg=x",
    "https://www.google.de/imgres?imgurl=https%3A%2F%2Fi.ytimg.com%2Fvi%2F{}%2Fmaxresdefault.jpg&w=1280",
    "https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{}%26cbrd%3D1&gl=DE",
    "https://accounts.google.com/ServiceLogin?service=youtube&continue=https%3A%2F%2Fwww.youtube.com%2Fsignin"
    "%3Fnext%3D%252Fwatch%253Fv%253D{}",
]
WRAPPINGS = [
    "{}",
    "<{}>",
    "[the video]({})",
    "[the video](<{}>)",
    "({})",
    "{}.",
    "{},",
    "{}!?",
    '"{}"',
    "||{}||",
    "**{}**",
    "look at this: {} please",
    "look:{}",
    "  {}\n",
]
ID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"
video_ids = st.text(ID_LETTERS, min_size=11, max_size=11).filter(
    lambda text: text not in {"videoseries", "live_stream"}
)


@given(video_ids, st.sampled_from(FORMS))
def test_every_form_of_a_link_gives_the_id(video: str, form: str) -> None:
    assert video_id(form.format(video)) == video


@given(video_ids, st.sampled_from([form for form in FORMS if form.startswith("https")]), st.sampled_from(WRAPPINGS))
def test_text_around_a_link_makes_no_difference(video: str, form: str, wrapping: str) -> None:
    assert video_id(wrapping.format(form.format(video))) == video


@st.composite
def marked(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[str, str]:
    """A text, and the same with invisible characters between its letters."""
    text = draw(texts)
    marks = st.text(st.characters(categories=["Cf"]), max_size=2)
    return text, "".join(f"{draw(marks)}{letter}" for letter in text) + draw(marks)


@given(marked(st.builds(str.format, st.sampled_from(FORMS), video_ids)))
def test_invisible_characters_make_no_difference_to_a_video(pair: tuple[str, str]) -> None:
    text, pasted = pair
    assert video_id(pasted) == video_id(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://www.youtube.com/playlist?list=PLbpi6ZahtOH6Ar_3GPy3workVYMZLjLlC", "playlist"),
        ("https://www.youtube.com/playlist?list=PLx&v=jNQXAC9IVRw", "playlist"),
        (f"https://www.youtube.com/channel/{CHANNEL}", "channel"),
        ("https://www.youtube.com/@jawed and more words", "channel"),
        ("https://www.youtube.com/user/jawed", "channel"),
        ("https://www.youtube.com/clip/UgkxABCDEFGHIJKLMNOPQ", "clip"),
        ("https://www.youtube.com/embed/videoseries?list=PLx", "no video id"),
        ("https://www.youtube.com/embed/live_stream?channel=UCx", "no video id"),
        ("https://www.youtube.com/watch?v=tooshort", "no video id"),
        ("https://www.youtube.com/watch?v=waytoolongid", "no video id"),
        ("https://www.youtube.com/watch", "isn't a video"),
        ("https://www.youtube.com/results?search_query=jNQXAC9IVRw", "isn't a video"),
        (
            "https://www.youtube.com/redirect?q=https%3A%2F%2Fexample.com%2Fwatch%3Fv%3DjNQXAC9IVRw",
            "doesn't lead to YouTube",
        ),
        ("https://www.google.com/url?q=https://example.com/watch%3Fv%3DjNQXAC9IVRw", "doesn't lead to YouTube"),
        ("https://www.google.com/search?q=youtu.be/jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("https://google.example.com/url?q=https://youtu.be/jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("https://i.ytimg.com/sb/jNQXAC9IVRw/storyboard.jpg", "no video id"),
        ("https://example.com/watch?v=jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("https://youtube.com@example.com/watch?v=jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("https://notyoutube.com/watch?v=jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("https://youtube.com.example.com/watch?v=jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("ftp://youtube.com/watch?v=jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("http://[youtube.com/watch?v=jNQXAC9IVRw", "isn't a link to a YouTube video"),
        ("", "isn't a link to a YouTube video"),
        ("subscribers", "isn't a link to a YouTube video"),
    ],
)
def test_the_error_says_what_a_link_is_instead(text: str, reason: str) -> None:
    with pytest.raises(LinkError, match=reason) as caught:
        video_id(text)
    assert "Use a link such as" in str(caught.value)


@given(st.text() | st.text("htps:/youbecom.?v=&@#[]()<>%20", max_size=80).map("https://youtube.com/".__add__))
def test_no_text_raises_any_other_error(text: str) -> None:
    for read in (video_id, channel_ref):
        with contextlib.suppress(LinkError):
            assert read(text)


def test_nested_redirects_are_limited() -> None:
    for read, target in ((video_id, f"youtu.be/{ID}"), (channel_ref, "www.youtube.com/@jawed")):
        with pytest.raises(LinkError):
            read("https://www.youtube.com/redirect?q=" * 5000 + f"https://{target}")


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("@jawed", ChannelRef("handle", "jawed")),
        ("@jawed.", ChannelRef("handle", "jawed")),
        ("jawed", ChannelRef("handle", "jawed")),
        ("Canal.Peixe-Babel_1", ChannelRef("handle", "Canal.Peixe-Babel_1")),
        ("@ナード", ChannelRef("handle", "ナード")),
        (CHANNEL, ChannelRef("id", CHANNEL)),
        (f"https://www.youtube.com/channel/{CHANNEL}", ChannelRef("id", CHANNEL)),
        (f"youtube.com/channel/{CHANNEL}/about", ChannelRef("id", CHANNEL)),
        ("https://www.youtube.com/@jawed", ChannelRef("handle", "jawed")),
        ("https://m.youtube.com/@jawed/videos?view=0", ChannelRef("handle", "jawed")),
        ("www.youtube.com/@jawed", ChannelRef("handle", "jawed")),
        ("<https://www.youtube.com/@jawed>", ChannelRef("handle", "jawed")),
        ("[Jawed Karim](https://www.youtube.com/@jawed)", ChannelRef("handle", "jawed")),
        ("https://www.youtube.com/%40jawed", ChannelRef("handle", "jawed")),
        ("https://www.youtube.com/user/jawed/videos", ChannelRef("username", "jawed")),
        ("https://www.youtube.com/c/Caf%C3%A9", ChannelRef("handle", "Café")),
        ("https://www.youtube.com/Jawed/featured", ChannelRef("handle", "Jawed")),
        ("YOUTUBE.COM/@Jawed", ChannelRef("handle", "Jawed")),
        ("https://www.youtube.com/feeds/videos.xml?user=jawed", ChannelRef("username", "jawed")),
        ("https://www.youtube.com/redirect?q=https%3A%2F%2Fwww.youtube.com%2F%40jawed", ChannelRef("handle", "jawed")),
        (
            "https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2F%40jawed",
            ChannelRef("handle", "jawed"),
        ),
    ],
)
def test_every_way_to_name_a_channel(text: str, ref: ChannelRef) -> None:
    assert channel_ref(text) == ref


CHANNEL_FORMS = [
    "UC{}",
    "UU{}",
    "https://www.youtube.com/channel/UC{}",
    "https://m.youtube.com/channel/UC{}?sub_confirmation=1",
    "https://www.youtube.com/channel/UC{}/videos",
    "https://www.youtube.com/feeds/videos.xml?channel_id=UC{}",
    "https://www.youtube.com/feeds/videos.xml?playlist_id=UU{}",
    "https://www.youtube.com/playlist?list=UU{}",
    "https://www.youtube.com/playlist?list=UULF{}",
    "https://www.youtube.com/playlist?list=UUSH{}&si=x",
    "https://www.youtube.com/watch?v=jNQXAC9IVRw&list=UU{}&index=2",
    "https://www.youtube.com/embed/videoseries?list=UU{}",
    "https://www.youtube-nocookie.com/embed/live_stream?channel=UC{}",
    "https://www.youtube.com/subscribe_embed?usegapi=1&channelid=UC{}",
    "https://studio.youtube.com/channel/UC{}",
    "https://studio.youtube.com/channel/UC{}/videos/upload?filter=%5B%5D",
    "https://music.youtube.com/channel/UC{}",
    "https://music.youtube.com/browse/UC{}",
    "https://www.youtubekids.com/channel/UC{}",
    "https://www.youtube.com/tv#/channel/UC{}",
    "https://www.youtube.com/tv#/browse?c=UC{}",
    "https://m.youtube.com/#/channel/UC{}",
    "https://www.youtube.com/attribution_link?a=x&u=%2Fchannel%2FUC{}%3Ffeature%3Dshare",
    "https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fwww.youtube.com%2Fchannel%2FUC{}",
    "https://www.youtube.com/oembed?url=https%3A%2F%2Fwww.youtube.com%2Fchannel%2FUC{}&format=json",
    "https://www.google.com/url?q=https://www.youtube.com/channel/UC{}&sa=D",
    "https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fchannel%2FUC{}%3Fcbrd%3D1&gl=DE",
]


@given(st.text(ID_LETTERS, min_size=22, max_size=22), st.sampled_from(CHANNEL_FORMS))
def test_every_link_that_contains_a_channels_id_gives_it(letters: str, form: str) -> None:
    assert channel_ref(form.format(letters)) == ChannelRef("id", f"UC{letters}")


NAME_FORMS = ["{}", "@{}", "https://www.youtube.com/@{}", "https://www.youtube.com/@{}/videos", "youtube.com/c/{}"]
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-ßéñжナ한", min_size=3, max_size=30).map(lambda name: f"a{name}z")


@given(marked(st.builds(str.format, st.sampled_from([*NAME_FORMS, *CHANNEL_FORMS]), names | st.just("a" * 22))))
def test_invisible_characters_make_no_difference_to_a_channel(pair: tuple[str, str]) -> None:
    text, pasted = pair
    try:
        expected = channel_ref(text)
    except LinkError:
        with pytest.raises(LinkError):
            channel_ref(pasted)
    else:
        assert channel_ref(pasted) == expected


def test_invisible_characters_in_an_address_bar_make_no_difference() -> None:
    assert channel_ref("https://www.youtube.com/%E2%80%8E@jawed%E2%81%A9") == ChannelRef("handle", "jawed")
    assert channel_ref(f"https://www.youtube.com/channel/%EF%BB%BF{CHANNEL}") == ChannelRef("id", CHANNEL)
    assert video_id(f"https://www.youtube.com/watch?v=%E2%80%8B{ID}%E2%80%8B") == ID


PAGES = sorted(
    set[str]().union(
        ("about", "account", "account_advanced", "ads", "api", "apiplayer", "attribution_link", "browse", "channel"),
        ("channels", "charts", "clip", "community", "creators", "dashboard", "e", "embed", "explore", "favicon.ico"),
        ("feed", "feeds", "gaming", "get_video_info", "hashtag", "howyoutubeworks", "iframe_api", "index", "jobs"),
        ("kids", "live", "live_chat", "login", "logout", "movies", "music", "my_videos", "news", "null", "oembed"),
        ("oops", "p", "playlist", "playlists", "post", "premium", "press", "privacy", "profile", "redirect", "results"),
        ("s", "select_site", "settings", "shared", "shorts", "show", "shows", "signin", "source", "sports"),
        ("storefront", "studio", "subscribe_embed", "subscription_center", "t", "testtube", "trending", "upload", "v"),
        ("vi", "videoplayback", "videos", "w", "watch", "watch_popup", "xml", "youtubei", "yt"),
    )
)


@given(
    st.sampled_from(PAGES),
    st.sampled_from(["", "/", "/videos.xml", "/videos", "/about", "?x=1", "#x", "/x/y"]),
    st.sampled_from(["https://www.youtube.com/", "m.youtube.com/", "YouTube.com/", "https://studio.youtube.com/"]),
)
def test_no_page_of_youtubes_is_a_handle(page: str, rest: str, site: str) -> None:
    for written in (page, page.upper()):
        with pytest.raises(LinkError):
            channel_ref(f"{site}{written}{rest}")


@given(
    st.from_regex(r"[a-z0-9._]{3,12}", fullmatch=True).filter(lambda folder: folder != "user"),
    st.from_regex(r"[a-z]{1,6}\.(xml|html|js|php)", fullmatch=True),
)
def test_no_file_of_youtubes_is_a_handle(folder: str, file: str) -> None:
    for path in (file, f"{folder}/{file}"):
        with pytest.raises(LinkError):
            channel_ref(f"https://www.youtube.com/{path}")


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=3, max_size=30))
def test_a_handle_is_read_from_its_link(handle: str) -> None:
    assert (
        channel_ref(f"https://www.youtube.com/@{handle}") == channel_ref(f"@{handle}") == ChannelRef("handle", handle)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "two words",
        "../etc/passwd",
        "youtube.com",
        "youtu.be",
        "i.ytimg.com",
        "https://studio.youtube.com/jawed",
        "https://www.youtube.com/c",
        "https://www.youtube.com/user/",
        "https://www.youtube.com/feeds/videos.xml",
        "https://www.youtube.com/feeds/videos.xml?playlist_id=PLbpi6ZahtOH6Ar_3GPy3workVYMZLjLlC",
        "https://www.google.com/url?q=https://example.com/@jawed",
        f"https://youtu.be/{ID}",
        f"https://www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com/shorts/{ID}",
        "https://www.youtube.com/playlist?list=PLx",
        "https://www.youtube.com/channel/UCshort",
        "https://www.youtube.com/@..%2F..",
        "https://example.com/@jawed",
        "https://www.youtube.com@example.com/@jawed",
    ],
)
def test_the_error_of_a_channel_says_what_to_use(text: str) -> None:
    with pytest.raises(LinkError, match="@handle"):
        channel_ref(text)


def test_a_channel_is_shown_as_people_write_it() -> None:
    assert str(channel_ref("https://www.youtube.com/@jawed")) == "@jawed"
    assert str(channel_ref(CHANNEL)) == CHANNEL


def test_the_url_of_a_thumbnail() -> None:
    assert thumbnail_url("https://i.ytimg.com/", ID) == f"https://i.ytimg.com/vi/{ID}/mqdefault.jpg"
    assert video_id(thumbnail_url("https://i.ytimg.com", ID, "hqdefault")) == ID
