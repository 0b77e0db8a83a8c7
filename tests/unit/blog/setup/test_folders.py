from blog.setup import folders


def image(tmp_path):
    core = tmp_path / "core"
    for part in ("themes/ours", "plugins/ours"):
        (core / "wp-content" / part).mkdir(parents=True)
    (core / "wp-content" / "themes" / "index.php").touch()
    return core


def test_a_site_sees_the_image_s_themes_beside_its_own(tmp_path):
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


def test_a_theme_that_the_image_no_longer_has_goes_and_a_site_s_own_wins(tmp_path):
    core = image(tmp_path)
    folders.make(tmp_path, ["one"])
    content = tmp_path / "sites" / "one" / "wp-content"
    (content / "themes" / "gone").symlink_to(core / "gone")
    (content / "themes" / "ours").mkdir()

    folders.link_image_parts(core, content)

    assert not (content / "themes" / "gone").is_symlink()
    assert not (content / "themes" / "ours").is_symlink()


def test_secrets_are_closed_to_others(tmp_path):
    folders.make(tmp_path, [])

    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
