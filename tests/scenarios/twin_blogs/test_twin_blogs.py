"""The story of the blogs of two VMs: one is the primary, the other has everything, and they swap.

A stand-in plays the proxy of each side and says what its blog is to be; the links between the
blogs are real.
"""

import time

import pytest

from tests.harness.blog import BIGBANG, QLINES, Visitor
from tests.harness.deadline import eventually
from tests.harness.twin_blogs import TwinBlogs

PICTURE = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
KEPT = "/data/diverged"
IS_READ_ONLY = "This site is read-only for a moment"


@pytest.fixture(scope="module")
def blogs(blog_image, tmp_path_factory):
    """Yield the blogs; a has a post from before the pairing, and is the primary after it."""
    blogs = TwinBlogs(blog_image, tmp_path_factory.mktemp("blogs"))
    try:
        blogs.a.start()
        write(blogs.a, "Before the pairing")
        blogs.pair()
        blogs.a.say("primary")
        blogs.b.say("replica")
        blogs.b.wait_twin("has every change", 90)
        yield blogs
    finally:
        blogs.remove()


@pytest.fixture
def a(blogs):
    return blogs.a


@pytest.fixture
def b(blogs):
    return blogs.b


def signed_in(blog):
    visitor = Visitor(blog, QLINES)
    assert visitor.sign_in().status_code == 302
    return visitor


def write(blog, title):
    author = signed_in(blog)
    author.write(title, "text", author.nonce())


def has_post(blog, title):
    return title in Visitor(blog, QLINES).get(f"/?{time.time()}").text


def upload(blog, name):
    """Upload a picture and return its path."""
    author = signed_in(blog)
    answer = author.upload(name, PICTURE, "image/gif", author.nonce())
    assert answer.status_code == 201, answer.text
    return author.path_of(answer.json()["source_url"])


def kept_dumps(blog):
    """Return what the kept dumps of a site say."""
    return blog.exec("sh", "-c", f"zcat {KEPT}/*/wordpress_qlines.sql.gz")


def kept_files(blog):
    """Return the paths of the kept files, as they were below the sites."""
    return blog.exec("sh", "-c", f"cd {KEPT} && find . -path './*/files/*' -type f").split()


def delete_kept(blog):
    """Delete what was kept, as an operator does in the end."""
    blog.exec("sh", "-c", f"rm -r {KEPT}/*")
    eventually(
        lambda: KEPT not in blog.component("twin")["sentence"], 10, "nothing is kept any more"
    )


def wait_for_post(blog, title, seconds=20):
    eventually(lambda: has_post(blog, title), seconds, f"{blog.side} shows {title!r}")


def test_a_new_twin_copies_what_there_was_and_follows(a, b):
    wait_for_post(b, "Before the pairing")
    write(a, "Written at a")

    wait_for_post(b, "Written at a")
    assert Visitor(b, BIGBANG).get("/").status_code == 200
    assert a.component("twin")["sentence"] == "is the primary, the other VM confirms each change"
    assert b.component("twin")["seconds_behind"] == 0


def test_files_come_and_vanish_as_on_the_primary(a, b):
    author = signed_in(a)
    uploaded = author.upload("dot.gif", PICTURE, "image/gif", author.nonce())
    assert uploaded.status_code == 201, uploaded.text
    path = author.path_of(uploaded.json()["source_url"])

    eventually(lambda: Visitor(b, QLINES).get(path).content == PICTURE, 20, "b has the picture")
    author_at_b = Visitor(b, QLINES)
    author.post(
        f"/wp-json/wp/v2/media/{uploaded.json()['id']}?force=true",
        headers={"X-WP-Nonce": author.nonce(), "X-HTTP-Method-Override": "DELETE"},
    )
    eventually(lambda: author_at_b.get(path).status_code == 404, 20, "b has deleted it")
    assert KEPT not in b.component("twin")["sentence"]


def test_the_replica_shows_pages_and_refuses_the_rest_in_words(b):
    visitor = Visitor(b, QLINES)
    comment = {"comment": "hello", "author": "me", "email": "me@example.com", "comment_post_ID": 1}

    answers = [
        visitor.sign_in(),
        visitor.post("/wp-comments-post.php", data=comment),
        visitor.post("/wp-json/wp/v2/posts", json={"title": "no"}),
        visitor.get("/wp-admin/post-new.php"),
    ]

    assert visitor.get("/").status_code == 200
    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(IS_READ_ONLY in answer.text for answer in answers)
    assert "tasks run on the VM whose blog is the primary" in b.component("cron")["sentence"]


def test_b_takes_over_and_a_returns_and_keeps_aside_what_only_a_had(a, b):
    b.disconnect()
    write(a, "Known to a alone")
    path = upload(a, "alone.gif")
    a.kill()
    b.connect()
    b.say("primary")
    b.wait_twin("is the primary")
    write(b, "Written at b")

    a.say("replica")
    a.start_again()

    a.wait_twin("has every change", 60)
    wait_for_post(a, "Written at b")
    assert not has_post(a, "Known to a alone")
    assert has_post(a, "Written at a")
    eventually(lambda: Visitor(a, QLINES).get(path).status_code == 404, 20, "a has b's files")
    assert "Known to a alone" in kept_dumps(a)
    assert any(file.endswith(path) for file in kept_files(a))
    assert f"what only this VM had was kept in {KEPT}/" in a.wait_twin("kept")["sentence"]
    assert a.health()[0] == 200
    delete_kept(a)


def test_at_a_planned_switch_everything_is_there_before_it(a, b):
    author = signed_in(b)
    nonce = author.nonce()
    path = author.path_of(
        author.upload("last.gif", PICTURE, "image/gif", nonce).json()["source_url"]
    )
    author.write("The last one at b", "text", nonce)
    b.say("replica")
    a.say("primary")

    a.wait_twin("is the primary")
    b.wait_twin("has every change")
    assert Visitor(a, QLINES).get(path).content == PICTURE
    assert has_post(a, "The last one at b")
    write(a, "Back at a")
    wait_for_post(b, "Back at a")


def test_both_are_lost_and_the_one_that_was_not_active_last_starts_first(a, b):
    b.kill()
    for number in range(3):
        write(a, f"Post {number} of the night")
    path = upload(a, "night.gif")
    a.kill()

    b.say("primary")
    b.start_again()
    b.wait_twin("is the primary", 60)
    write(b, "Written in the morning")
    a.say("replica")
    a.start_again()

    a.wait_twin("has every change", 60)
    wait_for_post(a, "Written in the morning")
    eventually(lambda: Visitor(a, QLINES).get(path).status_code == 404, 20, "a has b's files")
    assert not has_post(a, "Post 2 of the night")
    assert "Post 2 of the night" in kept_dumps(a)
    assert any(file.endswith(path) for file in kept_files(a))
    assert KEPT not in b.component("twin")["sentence"]


def test_a_primary_that_hears_nothing_more_takes_no_changes(b):
    b.silence_proxy()

    def is_refused():
        answer = Visitor(b, QLINES).post("/wp-comments-post.php", data={"comment": "x"})
        return answer.status_code == 503 and IS_READ_ONLY in answer.text

    eventually(is_refused, 10, "b refuses changes")
    assert Visitor(b, QLINES).get(f"/?{time.time()}").status_code == 200
    is_read_only = b.exec(
        "mariadb", "--defaults-file=/run/qlines/mariadb/root.cnf", "-Ne", "SELECT @@read_only"
    )
    assert is_read_only.strip() == "1"
