"""The story of the blog: what is written at the active VM is on both, and outlives its VM."""

import pytest

from tests.harness.blog import BIGBANG
from tests.harness.deadline import eventually

pytestmark = pytest.mark.long


def test_a_post_outlives_the_vm_where_it_was_written_and_the_other_blog_takes_over(twins):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    eventually(lambda: takes_changes(gone), 60, "the active side's blog is the primary")
    eventually(lambda: follows(left), 90, "the other one has every change")
    write(gone, "before")
    assert shows(gone, "before")

    gone.kill()

    eventually(lambda: shows(left, "before"), 30, "the other VM shows the post")
    eventually(lambda: takes_changes(left), 60, "the other blog is the primary")
    write(left, "after")
    gone.start_again()
    twins.wait_whole()
    eventually(lambda: follows(gone), 60, "the blog that was away has every change")
    assert shows(gone, "after")


def test_pages_of_a_blog_that_was_killed_come_from_the_other_vm_until_it_is_back(twins):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    eventually(lambda: follows(left), 90, "the other blog has every change")

    gone.kill("blog")

    for vm in twins.both:
        eventually(lambda vm=vm: shows(vm, "before"), 15, f"the proxy of {vm.side} shows pages")
    assert gone.role() == "active"
    gone.start_again("blog")
    eventually(lambda: takes_changes(gone), 60, "it takes changes again")
    eventually(lambda: follows(left), 90, "and the other one follows it")


def write(vm, name):
    code = (
        "require '/usr/share/wordpress/wp-load.php'; wp_insert_post(['post_title' => 'Post',"
        f" 'post_name' => '{name}', 'post_content' => 'words', 'post_status' => 'publish']);"
    )
    vm.exec("blog", "php_of_site", "wordpress_bigbang", "-r", code)


def shows(vm, name):
    return vm.get(BIGBANG, f"/{name}/").status_code == 200


def takes_changes(vm):
    return vm.blog_twin().get("role") == "primary"


def follows(vm):
    return "has every change" in vm.blog_twin().get("sentence", "")
