"""The story of a whole VM: `make vm`, the app and both blogs through TLS, down, up, lost and back.

A restore is refused while people use the VM. When its volumes are wiped, one command brings back
the device with its token and its readings, post, upload and certificate. The certificate is of an
authority that this test makes up, with files where certbot leaves them: `proxy_certificates` orders
real ones, and proves that with these files back nothing is ordered again.

It has names, networks and ports of its own, so it can run beside another VM.
"""

import json
import socket
import ssl

import pytest

from tests.harness.blog import BIGBANG, PASSWORD, QLINES
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError, run
from tests.harness.vm import MAIL, Vm, make_secrets

ADMIN = "admin@example.com"
UPLOADS = "/data/sites/wordpress_bigbang/wp-content/uploads"
# Makes what certbot leaves after an order: a certificate of an authority, and its key.
ORDERED = """
import datetime, pathlib
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
def name(text):
    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, text)])
key, authority = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
begin = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name("localhost")).issuer_name(name("An authority"))
    .public_key(key.public_key()).serial_number(x509.random_serial_number())
    .not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=90))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    .sign(authority, SHA256())
)
root = pathlib.Path("/data/letsencrypt")
(root / "archive/localhost").mkdir(parents=True)
(root / "live/localhost").mkdir(parents=True)
for file, content in {
    "fullchain": certificate.public_bytes(Encoding.PEM),
    "privkey": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
}.items():
    (root / f"archive/localhost/{file}1.pem").write_bytes(content)
    link = root / f"live/localhost/{file}.pem"
    link.symlink_to(f"../../archive/localhost/{file}1.pem")
"""
DEPLOY = "RENEWED_LINEAGE=/data/letsencrypt/live/localhost qlines-proxy deploy"
CHECKSUMS = "find /data/certificates /data/letsencrypt -type f -exec sha256sum {} + | sort -k 2"


@pytest.fixture(scope="module")
def vm(image, proxy_image, blog_image, tmp_path_factory):
    """Return a VM that `make vm` started from images that exist."""
    assert image
    assert proxy_image
    assert blog_image
    vm = Vm(make_secrets(tmp_path_factory.mktemp("vm") / "secrets"))
    try:
        vm.printed = vm.make_vm()
        yield vm
    finally:
        vm.remove()


def test_all_three_are_healthy_and_make_vm_prints_the_addresses(vm):
    for part in ("app", "proxy", "blog"):
        assert vm.inspect(part, "{{.State.Health.Status}}") == "healthy"
    for line in (
        f"https://localhost:{vm.https}",
        f"https://{QLINES}:{vm.https}",
        f"https://{BIGBANG}:{vm.https}",
        f"localhost:{vm.mqtts}",
        "self-signed",
    ):
        assert line in vm.printed


def test_the_app_and_both_blogs_answer_through_tls(vm):
    assert vm.get("localhost", "/login").status_code == 200
    for domain in (QLINES, BIGBANG):
        page = vm.get(domain, "/")
        assert page.status_code == 200
        assert f"https://{domain}:{vm.https}/" in page.text
        assert "http://" + domain not in page.text


def test_the_admin_of_a_blog_signs_in_with_the_password_from_the_file(vm):
    form = {"log": "admin", "pwd": PASSWORD, "wp-submit": "Log In"}

    answer = vm.post(QLINES, "/wp-login.php", form)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"https://{QLINES}:{vm.https}/wp-admin/"


def test_the_proxy_reaches_app_and_blog(vm):
    def upstreams():
        return {item["for"]: item["up"] for item in vm.proxy_health()["upstreams"]}

    eventually(lambda: upstreams() == {"app": True, "blog": True}, 20, "the proxy reaches both")


def test_the_port_for_devices_uses_tls(vm):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", vm.mqtts), 10) as bare,
        context.wrap_socket(bare, server_hostname="localhost") as secure,
    ):
        # CONNECT of an unknown device: the broker answers CONNACK, refused.
        secure.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x0a\x00\x00")
        assert secure.recv(4)[:1] == b"\x20"


def test_the_blog_cannot_reach_the_app(vm):
    # The address of the app in its only network.
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    address = vm.inspect("app", form)
    for host in ("app", address):
        for port in (5000, 1883, 5001):
            with pytest.raises(CommandError):
                run("docker", "exec", f"{vm.name}-blog", "timeout", "1", "bash", "-c",
                    f"exec 3<>/dev/tcp/{host}/{port}")  # fmt: skip
    run("docker", "exec", f"{vm.name}-proxy", "bash", "-c", f"exec 3<>/dev/tcp/{address}/5000")


@pytest.mark.parametrize("part", ["app", "blog"])
def test_a_password_is_in_a_file_and_not_in_what_docker_shows(vm, part):
    name = vm.name if part == "app" else f"{vm.name}-{part}"
    file = "/data/secrets/passed/QLINES_SMTP_URL"

    stored = run("docker", "exec", name, "sh", "-c", f"stat -c %a {file}; cat {file}")

    assert stored == f"600\n{MAIL}"
    assert MAIL not in vm.inspect(part, "{{json .}}")


@pytest.mark.parametrize("part", ["app", "proxy", "blog"])
def test_every_container_is_hardened_and_restarts_after_a_reboot(vm, part):
    host = json.loads(vm.inspect(part, "{{json .HostConfig}}"))

    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert not host["Privileged"]
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["LogConfig"]["Config"]["max-size"] == "10m"
    assert vm.inspect(part, "{{.Config.User}}").startswith("7010")
    if part != "app":
        assert 0 < host["Memory"] <= 512 * 1024 * 1024


def test_health_is_on_loopback_only_and_blog_and_broker_are_not_published(vm):
    published = json.loads(vm.inspect("app", "{{json .HostConfig.PortBindings}}"))
    assert list(published) == ["5001/tcp"]
    assert published["5001/tcp"][0]["HostIp"] == "127.0.0.1"
    assert json.loads(vm.inspect("blog", "{{json .HostConfig.PortBindings}}")) in ({}, None)
    of_proxy = json.loads(vm.inspect("proxy", "{{json .HostConfig.PortBindings}}"))
    assert of_proxy["5002/tcp"][0]["HostIp"] == "127.0.0.1"
    assert set(of_proxy) == {"8080/tcp", "8443/tcp", "8883/tcp", "5002/tcp"}


def test_a_restore_is_refused_while_the_blog_has_posts(vm, tmp_path):
    write_post(vm, "first", "first words")
    vm.exec("blog", "dump_databases")
    started = vm.started()
    repository = tmp_path / "repository"
    repository.mkdir()
    repository.chmod(0o755)

    refused = vm.make(
        "restore", FROM=str(repository), QLINES_BACKUP_PASSWORD="any", **vm.settings()
    )

    assert refused.returncode != 0
    assert "the blog has posts or uploads, which the backup would replace: YES=1" in refused.stderr
    assert vm.started() == started
    assert "first words" in vm.get(BIGBANG, "/first/").text


# In every run the story of a wiped VM shows more: there even the volumes are gone.
@pytest.mark.long
def test_down_and_up_keeps_all_data(vm):
    write_post(vm, "kept", "kept here")
    add_device(vm, "kept-device")
    password = vm.exec("app", "cat", "/data/secrets/admin_password")

    assert vm.make("down", **vm.settings()).returncode == 0
    with pytest.raises(CommandError):
        vm.inspect("proxy", "{{.State.Running}}")
    vm.make_vm()

    assert "kept here" in vm.get(BIGBANG, "/kept/").text
    assert vm.exec("app", "cat", "/data/secrets/admin_password") == password
    assert "kept-device" in vm.exec("app", "qlines", "device", "list")


def test_a_wiped_vm_comes_back_with_one_command(vm, tmp_path):
    write_post(vm, "written", "written before")
    vm.exec("blog", "sh", "-c", f"mkdir -p {UPLOADS}; echo a picture >{UPLOADS}/picture.txt")
    add_device(vm, "pump")
    assert vm.send("token-of-pump", {"level": 7}) == 200
    key = json.loads(vm.exec("app", "qlines", "api-key", "add", ADMIN, "--json"))["key"]
    eventually(lambda: level(vm, key) == 7, 60, "the reading is stored")
    vm.exec("proxy", "python", "-c", ORDERED)
    vm.exec("proxy", "sh", "-c", DEPLOY)
    eventually(lambda: kind(vm) == "authority", 30, "the certificate of the authority is served")
    certificate, files = vm.certificate(), vm.exec("proxy", "sh", "-c", CHECKSUMS)
    secret = vm.exec("app", "cat", "/data/secrets/secret_key")
    repository, password = vm.back_up(tmp_path)
    started = vm.started()

    refused = vm.make("restore", FROM=str(repository), **password, **vm.settings())

    assert refused.returncode != 0
    assert "has devices, which the backup would replace: YES=1 make restore" in refused.stderr
    assert vm.started() == started

    vm.follow("Move to a bigger VM", 0, tmp_path)
    vm.remove()
    vm.follow("Move to a bigger VM", 1, tmp_path)

    assert "written before" in vm.get(BIGBANG, "/written/").text
    assert vm.get(BIGBANG, "/wp-content/uploads/picture.txt").text == "a picture\n"
    assert "pump" in vm.exec("app", "qlines", "device", "list")
    assert level(vm, key) == 7
    assert vm.send("token-of-pump", {"level": 8}) == 200
    eventually(lambda: level(vm, key) == 8, 60, "the device's token works")
    assert vm.exec("app", "cat", "/data/secrets/secret_key") == secret
    assert vm.certificate() == certificate
    assert vm.exec("proxy", "sh", "-c", CHECKSUMS) == files
    eventually(lambda: kind(vm) == "authority", 30, "the report has the same certificate")
    assert vm.proxy_health()["renewal"]["domains"] == {}


@pytest.mark.long
def test_all_of_it_goes_back_to_a_backup_with_the_lines_of_the_runbook(vm, tmp_path):
    write_post(vm, "tuesday", "written on Tuesday")
    add_device(vm, "added")

    vm.follow("I need last Tuesday", 1, tmp_path)

    assert "added" in vm.exec("app", "qlines", "device", "list")
    assert "written on Tuesday" in vm.get(BIGBANG, "/tuesday/").text


def level(vm, key):
    """Return what /api/data shows of the pump, through the proxy; the key is of the old machine."""
    answer = vm.get("localhost", "/api/data?search=pump", Authorization=f"Bearer {key}")
    assert answer.status_code == 200, answer.text
    (pump,) = answer.json()["items"]
    return pump["values"].get("level", {}).get("value")


def kind(vm):
    """Return of which kind the certificate is that the proxy's report has for the app."""
    return vm.proxy_health()["certificates"].get("localhost", {}).get("kind")


def write_post(vm, name, text):
    code = (
        "require '/usr/share/wordpress/wp-load.php'; wp_insert_post(['post_title' => 'Post',"
        f" 'post_name' => '{name}', 'post_content' => '{text}', 'post_status' => 'publish']);"
    )
    vm.exec("blog", "php_of_site", "wordpress_bigbang", "-r", code)


def add_device(vm, name):
    vm.exec("app", "qlines", "device", "add", name, "--owner", ADMIN, "--token", f"token-of-{name}")


def test_make_vm_again_changes_nothing(vm):
    started = vm.inspect("app", "{{.State.StartedAt}}")

    vm.make_vm()

    assert vm.inspect("app", "{{.State.StartedAt}}") == started
