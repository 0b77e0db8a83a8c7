"""The story of a plugin: an operator installs it from a .zip, the dashboard only when allowed."""

import io
import subprocess
import zipfile

import pytest

from tests.harness.blog import PASSWORD, QLINES, UNATTENDED, Visitor

PLUGIN = """<?php
/* Plugin Name: Greeter
   Version: {version} */
add_action('wp_footer', fn () => print('greetings {version}'));
"""
# The dashboard's functions that activate plugins.
TOOLS = "require_once ABSPATH . 'wp-admin/includes/plugin.php';"


def packed(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def add(blog, data, kind="plugins"):
    return subprocess.run(
        ["docker", "exec", "-i", blog.name, "add_to_site", "wordpress_qlines", kind],
        input=data, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_an_operator_adds_a_plugin_and_later_its_update(blog):
    first = packed({"greeter/greeter.php": PLUGIN.format(version="1.0"), "greeter/old.txt": ""})
    added = add(blog, first)
    assert added.returncode == 0, added.stderr
    blog.php("wordpress_qlines", f"{TOOLS} activate_plugin('greeter/greeter.php');")
    try:
        assert "greetings 1.0" in Visitor(blog, QLINES).get("/?v=1").text

        update = packed({"greeter/greeter.php": PLUGIN.format(version="2.0")})
        assert add(blog, update).returncode == 0
        code = blog.exec(
            "cat", "/data/sites/wordpress_qlines/wp-content/plugins/greeter/greeter.php"
        )
        assert "2.0" in code
        files = blog.exec("ls", "/data/sites/wordpress_qlines/wp-content/plugins/greeter")
        assert files.split() == ["greeter.php"]
    finally:
        blog.php("wordpress_qlines", f"{TOOLS} deactivate_plugins('greeter/greeter.php');")


@pytest.mark.parametrize(
    "data",
    [b"not a zip", packed({"a/a.php": "", "b/b.php": ""}), packed({"../up.php": ""}), packed({})],
)
def test_an_invalid_zip_is_refused_and_changes_nothing(blog, data):
    refused = add(blog, data)

    assert refused.returncode == 1
    assert b"Nothing was changed" in refused.stderr


@pytest.mark.parametrize(("setting", "status"), [("off", 403), ("on", 200)])
def test_the_dashboard_installs_plugins_only_when_the_setting_is_on(
    blog, new_blog, setting, status
):
    site = blog if setting == "off" else new_blog(**UNATTENDED, QLINES_BLOG_PLUGINS="on").start()
    admin = Visitor(site, QLINES, "192.0.2.9")
    assert admin.sign_in(password=PASSWORD).status_code == 302

    page = admin.get("/wp-admin/plugin-install.php?tab=upload")

    assert page.status_code == status
    assert admin.get("/wp-admin/plugin-editor.php").status_code == 403
