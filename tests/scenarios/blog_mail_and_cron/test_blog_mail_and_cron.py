"""The story of a blog without visitors: scheduled posts appear and mail is sent."""

import socketserver
import threading

import pytest

from tests.harness.blog import QLINES, UNATTENDED, Visitor
from tests.harness.deadline import eventually
from tests.harness.docker import run

WP = "require '/usr/share/wordpress/wp-load.php';"


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks just enough SMTP to accept a message."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.lines: list[str] = []
        super().__init__(("0.0.0.0", 0), Conversation)


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 test")
        in_data = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            self.server.lines.append(line)
            if in_data and line != ".":
                continue
            in_data = line == "DATA"
            if line == "QUIT":
                self.say("221 bye")
                return
            self.say("354 send it" if in_data else "250 ok")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server():
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_mail_is_sent_through_the_server_of_the_setting(blog, new_blog, mail_server):
    form = "{{.NetworkSettings.Gateway}}"
    this_machine = run("docker", "inspect", "--format", form, blog.name).strip()
    url = f"smtp://{this_machine}:{mail_server.server_address[1]}"
    blog = new_blog(
        **UNATTENDED, QLINES_SMTP_URL=url, QLINES_BLOG_MAIL_FROM="news@example.com"
    ).start()
    mail_server.lines.clear()

    sent = blog.php("wordpress_qlines", "echo wp_mail('eve@example.com', 'Hi', 'a word') ? 1 : 0;")

    assert sent == "1"
    assert "RCPT TO:<eve@example.com>" in mail_server.lines
    assert "MAIL FROM:<news@example.com>" in mail_server.lines
    assert "Subject: Hi" in mail_server.lines


def test_without_a_mail_server_the_subject_of_the_unsent_mail_is_logged(blog):
    code = "echo wp_mail('eve@example.com', 'Lost', 'a word') ? 1 : 0;"
    printed = blog.exec("sh", "-c", f'php_of_site wordpress_qlines -r "{WP} {code}" 2>&1')

    assert "mail was not sent because QLINES_SMTP_URL is empty; subject: Lost" in printed
    assert printed.endswith("0")


def test_a_scheduled_post_appears_without_a_visitor(blog):
    code = """
        $id = wp_insert_post(['post_title' => 'Later', 'post_status' => 'future',
            'post_name' => 'later', 'post_content' => 'it is later now',
            'post_date' => wp_date('Y-m-d H:i:s', time() + 3600)]);
        $wpdb->update($wpdb->posts, ['post_date' => wp_date('Y-m-d H:i:s', time() - 5),
            'post_date_gmt' => gmdate('Y-m-d H:i:s', time() - 5)], ['ID' => $id]);
        wp_clear_scheduled_hook('publish_future_post', [$id]);
        wp_schedule_single_event(time() - 5, 'publish_future_post', [$id]);
    """
    blog.php("wordpress_qlines", code)

    eventually(
        lambda: Visitor(blog, QLINES).get("/later/?look").status_code == 200, 75,
        "cron publishes it within a minute", pause_seconds=1,
    )  # fmt: skip
    assert blog.component("cron")["status"] == "ok"
