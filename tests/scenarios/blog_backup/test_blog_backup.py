"""The story of a blog that is lost with its volume, and comes back from a backup.

The blog dumps its databases; a container of the app's image, which has the blog's volume mounted,
saves dumps and files in a repository of restic. The volume is removed, and a new blog starts, with
other passwords. What was saved is handed in, and the next start puts it in place: posts, uploads
and sessions are back, whatever kills the start in between.
"""

import json

import pytest

from tests.harness.blog import BIGBANG, QLINES, UNATTENDED, Blog, Visitor
from tests.harness.deadline import eventually
from tests.harness.docker import HARDENED, CommandError, new_name, run, session_label

PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
BEGIN = """
import json, os, pathlib, shutil, subprocess
from backup.sources import blog
from qlines.settings import Settings
settings, folder = Settings.from_env(os.environ), pathlib.Path("/data/blog")
secrets = pathlib.Path("/sources/blog/secrets")
def restic(*words, **options):
    subprocess.run(["restic", "--quiet", "--repo", "/data/repository", "--insecure-no-password",
                    "--no-cache", *words], check=True, **options)
"""
# What `qlines backup create` and `qlines backup restore` do for the blog.
CREATE = """
folder.mkdir()
shutil.copytree(secrets, "/data/secrets")
print(json.dumps(blog.dump(settings, folder)))
restic("init")
restic("backup", ".", *map(str, blog.paths(settings)), cwd=folder)
shutil.rmtree(folder)
"""
RESTORE = """
for path in blog.paths(settings):
    restic("restore", f"latest:{path}", "--target", str(folder / "files" / path.name))
restic("restore", "latest:/dumps", "--target", str(folder / "dumps"))
restic("restore", "latest:/", "--include", "/uploads", "--target", str(folder))
shutil.copytree("/data/secrets", secrets, dirs_exist_ok=True)
print(json.dumps(blog.restore(settings, folder)))
shutil.rmtree(folder)
"""


class Backup:
    """A volume with a repository, and the app's image beside the blog's volume."""

    def __init__(self, image, blog):
        self.image, self.blog, self.name = image, blog, new_name()
        run("docker", "volume", "create", "--label", session_label(), self.name)

    def create(self):
        """Save the blog, whose volume is mounted read-only as in the VM; return the counts."""
        return self._run(CREATE, "ro")

    def restore(self):
        """Hand what was saved in to the blog's volume; return the counts."""
        return self._run(RESTORE, "rw")

    def remove(self):
        """Remove the repository."""
        run("docker", "volume", "rm", "--force", self.name)

    def _run(self, code, mode):
        answer = run(
            "docker", "run", "--rm", "--label", session_label(), *HARDENED,
            "--volume", f"{self.name}:/data",
            "--volume", f"{self.blog.name}-data:/sources/blog:{mode}",
            self.image, "python", "-c", BEGIN + code,
        )  # fmt: skip
        return json.loads(answer.splitlines()[-1])


@pytest.fixture(scope="module")
def lost(image, blog_image):
    """Yield a blog with a post and an upload on one site, and a backup of it.

    The first tests leave it as it is, each of the others lets another one have the same.
    """
    blog = Blog(blog_image, **UNATTENDED).start()
    author = Visitor(blog, QLINES)
    author.sign_in()
    nonce = author.nonce()
    blog.post = author.write("Kept", "worth keeping: DEFINER=`a`@`b` \U0001f600", nonce)
    upload = author.upload("dot.gif", PICTURE, "image/gif", nonce)
    blog.upload = author.path_of(upload.json()["source_url"])
    blog.author = author
    blog.exec("dump_databases")
    backup = Backup(image, blog)
    try:
        assert backup.create() == {"posts": 3, "sites": 2, "uploads": 1}
        yield blog, backup
    finally:
        backup.remove()
        blog.remove()


def assert_it_is_back(blog):
    """Read the post and the upload, with the session of before."""
    visitor = Visitor(blog, QLINES)
    assert "worth keeping: DEFINER=`a`@`b` \U0001f600" in visitor.get(blog.post).text
    assert visitor.get(blog.upload).content == PICTURE
    assert blog.author.get("/wp-admin/").status_code == 200, "the session is still valid"
    assert Visitor(blog, BIGBANG).get("/").status_code == 200
    assert blog.exec("sh", "-c", "ls /data/restore 2>/dev/null || true") == ""


def test_visitors_wait_while_the_tables_are_loaded(lost):
    blog, _backup = lost
    marker = "/run/qlines/sites/wordpress_qlines/restoring"
    blog.exec("touch", marker)

    answer = Visitor(blog, QLINES).get("/wp-admin/install.php")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    eventually(
        lambda: blog.component("site wordpress_qlines")["sentence"]
        == "is being restored from a backup", 10, "the report says so",
    )  # fmt: skip
    assert Visitor(blog, BIGBANG).get("/").status_code == 200
    blog.exec("rm", marker)
    assert Visitor(blog, QLINES).get(blog.post).status_code == 200


def test_an_unchanged_site_gives_the_same_dump_and_a_failed_dump_leaves_the_last_one(lost):
    blog, _backup = lost
    dump = "sha256sum /data/dumps/wordpress_bigbang.sql.gz"
    blog.exec("dump_databases")
    before = blog.exec("sh", "-c", dump)

    assert "wordpress_bigbang: dumped 1 posts" in blog.exec("dump_databases")
    assert blog.exec("sh", "-c", dump) == before

    prefix = "/data/sites/wordpress_bigbang/table_prefix"
    blog.exec("sh", "-c", f"cat >{prefix}", text="wp_`; DROP TABLE x; --")
    with pytest.raises(CommandError, match="must hold letters, digits and _"):
        blog.exec("dump_databases")
    blog.exec("rm", prefix)
    assert blog.exec("sh", "-c", dump) == before
    assert ".new" not in blog.exec("ls", "/data/dumps")


def test_an_incomplete_dump_is_refused_and_what_is_there_stays(lost):
    blog, _backup = lost
    blog.exec("sh", "-c", "mkdir /data/restore && zcat /data/dumps/wordpress_qlines.sql.gz |"
              " head -n 60 | gzip >/data/restore/wordpress_qlines.sql.gz")  # fmt: skip

    run("docker", "restart", blog.name)

    assert Visitor(blog.wait_ok(), QLINES).get(blog.post).status_code == 200
    assert "refused" in blog.exec("ls", "/data/restore")


def test_a_post_and_an_upload_come_back_into_a_new_blog(lost):
    blog, backup = lost
    blog.remove()
    blog.start()
    assert Visitor(blog, QLINES).get(blog.post).status_code == 404

    assert backup.restore() == {"posts": 3, "sites": 2, "uploads": 1}
    run("docker", "restart", blog.name)

    assert_it_is_back(blog.wait_ok())
    assert "4 posts" not in blog.exec("dump_databases"), "nothing of the new blog is left"


def test_a_restore_that_is_killed_at_its_start_is_repeated(lost):
    blog, backup = lost
    blog.remove()
    blog.start()
    backup.restore()

    run("docker", "restart", blog.name)
    eventually(lambda: "MariaDB" in blog.component("mariadb")["sentence"], 30, "healthd answers")
    run("docker", "kill", blog.name)
    run("docker", "start", blog.name)

    assert_it_is_back(blog.wait_ok())
