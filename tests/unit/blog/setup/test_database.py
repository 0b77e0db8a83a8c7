from blog.setup import database


def test_a_site_gets_a_database_and_a_user_with_rights_to_it_alone():
    text = database.statements("root-secret", {"my_site": "site-secret"})

    assert text.endswith(
        "CREATE DATABASE IF NOT EXISTS `my_site` CHARACTER SET utf8mb4;\n"
        "CREATE USER IF NOT EXISTS 'my_site'@'localhost';\n"
        "ALTER USER 'my_site'@'localhost' IDENTIFIED BY 'site-secret' "
        "WITH MAX_USER_CONNECTIONS 10;\n"
        r"GRANT ALL PRIVILEGES ON `my\_site`.* TO 'my_site'@'localhost';" + "\n"
    )


def test_anonymous_and_remote_users_are_dropped():
    lines = database.statements("root-secret", {}).splitlines()

    assert "DROP USER IF EXISTS ''@'localhost', ''@'%';" in lines
    assert "ALTER USER 'root'@'localhost' IDENTIFIED BY 'root-secret';" in lines


def test_a_password_cannot_end_its_quotes():
    assert r"IDENTIFIED BY 'a\'b\\c'" in database.statements(r"a'b\c", {})
