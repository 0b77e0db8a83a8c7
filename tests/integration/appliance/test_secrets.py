"""Secrets are in files of their owner, and not where others look: Docker, ps, log and image."""

import pytest

from tests.harness.docker import HARDENED, run

GENERATED = ("admin_password", "secret_key", "health_token", "backup_password")
PASSED = {
    "QLINES_ADMIN_PASSWORD": "passed-admin-password",
    "QLINES_SECRET_KEY": "passed-secret-key",
    "QLINES_HEALTH_TOKEN": "passed-health-token",
    "QLINES_SMTP_URL": "smtp://me:passed-mail-password@mail.example.com",
}
FILES = "cd /proc; for process in [0-9]*; do tr '\\0' ' ' <$process/%s 2>/dev/null; echo; done"
# Paths of keys in the image; the certificates of authorities are public.
PRIVATE_KEYS = (
    "grep -rlE 'BEGIN ([A-Z]+ )?PRIVATE KEY' /etc /opt/qlines/[a-uw-z]* /usr/share /data || :"
)


def of_all_processes(appliance, name):
    """Return cmdline or environ of every process, that of this command included."""
    return appliance.exec("sh", "-c", FILES % name)


@pytest.fixture(scope="module")
def secrets(appliance):
    return {name: appliance.secret(name) for name in GENERATED}


def test_generated_secrets_are_long_and_differ(secrets):
    assert len({*secrets.values()}) == len(GENERATED)
    assert min(map(len, secrets.values())) >= 24


def test_only_their_owner_can_read_them(appliance):
    listing = appliance.exec("sh", "-c", "stat -c '%a %F %n' /data/secrets /data/secrets/*")

    assert {tuple(line.split()[:2]) for line in listing.splitlines()} == {
        ("700", "directory"), ("600", "regular"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["cmdline", "environ"])
def test_no_process_shows_them(appliance, secrets, name):
    shown = of_all_processes(appliance, name)

    assert "gunicorn" in shown if name == "cmdline" else "START_GUNICORN" in shown
    assert [secret for secret, value in secrets.items() if value in shown] == []


def test_docker_and_the_log_do_not_show_them(appliance, secrets):
    shown = run("docker", "inspect", appliance.name) + appliance.logs()
    # The operator of a first boot finds two there, once: the contract with users promises so.
    for name in ("admin_password", "backup_password"):
        assert secrets[name] in shown
        shown = shown.replace(secrets[name], "", 1)

    assert [secret for secret, value in secrets.items() if value in shown] == []


def test_the_image_holds_no_secret(image):
    found = run(
        "docker", "run", "--rm", "--entrypoint", "sh", *HARDENED, image, "-c",
        f"ls -A /data; {PRIVATE_KEYS}",
    )  # fmt: skip
    history = run("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)

    assert found == ""
    assert "ENTRYPOINT" in history
    assert [word for word in ("PASSWORD=", "TOKEN=", "SECRET") if word in history.upper()] == []


def test_no_program_gets_the_secrets_that_the_operator_passes_by_environment(new_appliance):
    """Docker shows them to its users, as the operator chose; no program inherits them."""
    given = new_appliance(environment=PASSED | {"QLINES_ROLES": "healthd,redis"}).start()

    shown = of_all_processes(given, "environ") + of_all_processes(given, "cmdline") + given.logs()
    folder = "/run/qlines/secrets"
    files = given.exec("sh", "-c", f"stat -c '%a %n' {folder}/*; cat {folder}/smtp_url")

    # `docker exec` itself has the container's own environment.
    programs = [line for line in shown.splitlines() if "START_REDIS" in line]
    assert len(programs) >= 3
    assert [line for line in programs if "passed-" in line.replace("/run/qlines", "")] == []
    assert "passed-" not in given.logs()
    assert f"600 {folder}/smtp_url" in files
    assert files.endswith(PASSED["QLINES_SMTP_URL"])
