"""The Helm chart: linted, rendered, and each object compared with Kubernetes' own schema."""

import re
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from healthcheck.response import PATHS
from qlines.programs import NAMES
from qlines.setting_table import SETTINGS
from qlines.settings import Settings
from tests.harness.docker import ROOT
from tests.harness.go_program import go_program

CHART = ROOT / "deploy" / "helm"
HELM = "helm.sh/helm/v3/cmd/helm@v3.18.6"
# The oldest and the newest that the schemas' package and the clusters of today have.
VERSIONS = ("1.29", "1.34")
SECRETS = Path("/etc/qlines/secrets")
# The longest name of a Deployment's pod: that of its release has up to 53 characters.
POD = f"{'r' * 53}-web-7d9c5b8f64-x2x9k"


@pytest.fixture(scope="module")
def helm():
    program = go_program(HELM)
    assert program, "Helm cannot be built without Go"

    def run(*arguments: str) -> str:
        result = subprocess.run(
            [str(program), *arguments, str(CHART)], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return run


@pytest.fixture(scope="module")
def objects(helm):
    return list(yaml.safe_load_all(helm("template", "fleet")))


def kinds(objects, kind):
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


@pytest.fixture(scope="module")
def pods(objects):
    """Return the pod of each part."""
    workloads = kinds(objects, "Deployment") | kinds(objects, "StatefulSet")
    return {
        name.removeprefix("fleet-"): one["spec"]["template"]["spec"]
        for name, one in workloads.items()
    }


def environment(pod):
    (container,) = pod["containers"]
    return {one["name"]: one.get("value", POD) for one in container["env"]}


def test_it_has_no_faults_that_helm_knows(helm):
    assert "0 chart(s) failed" in helm("lint", "--strict")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", ["", "more"])
def test_each_object_is_one_that_kubernetes_takes(helm, version, values, tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(
        "imagePullSecrets: [{name: registry}]\n"
        "extraVolumes: [{name: ca, configMap: {name: ca}}]\n"
        "extraVolumeMounts: [{name: ca, mountPath: /etc/qlines/ca, readOnly: true}]\n"
        "ingest: {spool: {storageClassName: fast}, service: {annotations: {a: b}}}\n"
        "web: {service: {annotations: {a: b}}}\n"
        if values
        else "{}"
    )

    objects = list(yaml.safe_load_all(helm("template", "fleet", "--values", str(file))))

    assert len(objects) == 7
    for one in objects:
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("part", ["web", "ingest"])
def test_the_app_takes_the_settings_of_a_pod(pods, part, tmp_path, monkeypatch):
    env = environment(pods[part])
    names = {f"QLINES_{setting.name}" for setting in SETTINGS}
    assert {name.removesuffix("_FILE") for name in env} <= names
    for name, value in env.items():
        if name.endswith("_FILE"):
            assert Path(value) == SECRETS / name.removesuffix("_FILE")
            env[name] = str(tmp_path / name)
            example = {"QLINES_MONGODB_FILE": "mongodb://db-1,db-2/?replicaSet=rs0",
                       "QLINES_REDIS_FILE": "redis://redis:6379/0",
                       "QLINES_CLICKHOUSE_FILE": "clickhouse://clickhouse:9000/default",
                       "QLINES_KAFKA_PASSWORD_FILE": ""}  # fmt: skip
            Path(env[name]).write_text(example.get(name, "ASecretOfThirtyTwoCharactersOrMore"))

    settings = Settings.from_env(env)

    assert settings.node == POD
    assert settings.roles <= set(NAMES)


def test_no_secret_is_in_the_environment_of_a_pod(pods):
    secrets = {f"QLINES_{setting.name}" for setting in SETTINGS if setting.is_secret}

    for pod in pods.values():
        assert secrets & set(environment(pod)) == set()


def test_messages_are_taken_only_where_there_is_a_volume_for_them(objects, pods):
    (claim,) = kinds(objects, "StatefulSet")["fleet-ingest"]["spec"]["volumeClaimTemplates"]

    assert claim["metadata"]["name"] == "data"
    roles = {part: environment(pod)["QLINES_ROLES"].split(",") for part, pod in pods.items()}
    assert {"mosquitto", "ingest", "writer"} <= set(roles["ingest"])
    assert {"mosquitto", "ingest"} & set(roles["web"]) == set()
    assert {"name": "data", "emptyDir": {}} in pods["web"]["volumes"]


def test_a_pod_may_do_as_little_as_the_container(pods):
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "appliance" / "Dockerfile").read_text(), re.M)
    for pod in pods.values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == int(user[1])
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_probes_ask_what_the_health_checker_answers(pods):
    for pod in pods.values():
        (container,) = pod["containers"]
        probes = [container[f"{name}Probe"] for name in ("startup", "liveness", "readiness")]
        asked = [probe["httpGet"] for probe in probes if "httpGet" in probe]
        assert {one["path"] for one in asked} <= set(PATHS)
        assert {one["port"] for one in asked} == {"health"}


def test_devices_are_sent_away_only_from_a_pod_without_a_broker(pods):
    """The broker needs files only: an outage of a store must not take its address away."""
    (container,) = pods["ingest"]["containers"]

    assert container["readinessProbe"]["tcpSocket"] == {"port": "mqtt"}


def test_each_part_has_a_budget_for_disruptions_that_finds_its_pods(objects):
    workloads = kinds(objects, "Deployment") | kinds(objects, "StatefulSet")
    for name, budget in kinds(objects, "PodDisruptionBudget").items():
        labels = workloads[name]["spec"]["template"]["metadata"]["labels"]
        assert budget["spec"]["selector"]["matchLabels"].items() <= labels.items()
        assert budget["spec"]["maxUnavailable"] == 1
    assert set(kinds(objects, "PodDisruptionBudget")) == set(workloads)
