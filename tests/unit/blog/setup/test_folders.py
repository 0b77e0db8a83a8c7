from blog.setup import folders


def image(tmp_path):
    core = tmp_path / "core"
    for part in ("themes/ours", "plugins/ours"):
        (core / "wp-content" / part).mkdir(parents=True)
    (core / "wp-content" / "themes" / "index.php").touch()
    return core


def test_it_links_the_image_s_themes_beside_a_site_s_own(tmp_path):
    core = image(tmp_path)
    folders.make(tmp_path, ["one"])
    content = tmp_path / "sites" / "one" / "wp-content"
    (content / "themes" / "own").mkdir()

    folders.link_image_parts(core, content)
    folders.link_image_parts(core, content)

    assert sorted(path.name for path in (content / "themes").iterdir()) == [
        "index.php", "ours", "own",
    ]  # fmt: skip
    assert (content / "themes" / "ours").resolve() == core / "wp-content" / "themes" / "ours"


def test_it_removes_links_to_themes_that_are_gone_and_keeps_a_site_s_own_theme(tmp_path):
    core = image(tmp_path)
    folders.make(tmp_path, ["one"])
    content = tmp_path / "sites" / "one" / "wp-content"
    (content / "themes" / "gone").symlink_to(core / "gone")
    (content / "themes" / "ours").mkdir()

    folders.link_image_parts(core, content)

    assert not (content / "themes" / "gone").is_symlink()
    assert not (content / "themes" / "ours").is_symlink()


def test_only_the_owner_may_open_the_secrets(tmp_path):
    folders.make(tmp_path, [])

    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
