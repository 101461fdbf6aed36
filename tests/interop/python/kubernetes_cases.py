"""Cases of the manifests in examples/kubernetes/, with the schemas of Kubernetes that kubernetes-validate has.

Arguments: the folder, and what the names of cases must have in them. Each line of output is a case with its
error, in JSON.
"""

import copy
import json
import pathlib
import re
import sys
import traceback

import kubernetes_validate
import yaml

FOLDER, FILTER = pathlib.Path(sys.argv[1]), sys.argv[2]

# The first version has `lifecycle.preStop.sleep` without a feature gate.
VERSIONS = ["1.30", kubernetes_validate.latest_version()]

RESOURCES = [
    resource
    for file in sorted(FOLDER.glob("*.yaml"))
    for resource in yaml.safe_load_all(file.read_text())
]
WORKLOADS = [r for r in RESOURCES if r["kind"] in ("Deployment", "StatefulSet")]


def named(kind, name):
    found = [r for r in RESOURCES if (r["kind"], r["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def pods(labels):
    """The templates of the pods with some labels: one."""
    found = [
        w["spec"]["template"]
        for w in WORKLOADS
        if labels.items() <= w["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert len(found) == 1, f"{len(found)} workloads have pods with {labels}"
    return found[0]


def refused(resource):
    """Checks that the checker finds a fault."""
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(resource, version, strict=True)
        except kubernetes_validate.ValidationError:
            continue
        raise AssertionError(f"{version} lets it pass")


def schema_case(resource):
    def run():
        for version in VERSIONS:
            kubernetes_validate.validate(resource, version, strict=True)

    return run


def case_a_misspelled_field_is_refused():
    broken = copy.deepcopy(named("Deployment", "flight-gateway"))
    broken["spec"]["template"]["spec"]["terminationGraceSeconds"] = 1
    refused(broken)


def case_a_value_of_another_type_is_refused():
    broken = copy.deepcopy(named("Deployment", "flight-gateway"))
    broken["spec"]["replicas"] = "three"
    refused(broken)


def case_selectors_find_their_pods():
    for resource in RESOURCES:
        spec = resource["spec"]
        if resource["kind"] == "Service":
            pods(spec["selector"])
        elif resource["kind"] == "NetworkPolicy":
            pods(spec["podSelector"]["matchLabels"])
            for rule in spec["ingress"]:
                for peer in rule["from"]:
                    pods(peer["podSelector"]["matchLabels"])
        elif "selector" in spec:
            pods(spec["selector"]["matchLabels"])
        elif "scaleTargetRef" in spec:
            named(spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"])
        else:
            raise AssertionError(f"not looked at: {resource['kind']}")


def case_ports_of_services_and_probes_exist():
    for resource in RESOURCES:
        if resource["kind"] != "Service":
            continue
        containers = pods(resource["spec"]["selector"])["spec"]["containers"]
        names = {p["name"]: p["containerPort"] for c in containers for p in c["ports"]}
        for port in resource["spec"]["ports"]:
            assert names[port["targetPort"]] == port["port"], port
    for workload in WORKLOADS:
        for container in workload["spec"]["template"]["spec"]["containers"]:
            ports = container["ports"]
            known = {p["name"] for p in ports} | {p["containerPort"] for p in ports}
            for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
                probe = container.get(kind, {})
                for how in ("grpc", "tcpSocket", "httpGet"):
                    if how in probe:
                        assert probe[how]["port"] in known, probe


def case_a_service_of_the_stateful_set():
    for workload in WORKLOADS:
        if workload["kind"] == "StatefulSet":
            service = named("Service", workload["spec"]["serviceName"])
            assert service["spec"]["clusterIP"] == "None"


def case_the_program_fits_its_pod():
    program = (FOLDER / "gateway.ts").read_text()
    number = lambda name: int(re.search(rf"\b{name}: ([\d_]+)", program)[1].replace("_", ""))
    pod = named("Deployment", "flight-gateway")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    wait = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = pod["terminationGracePeriodSeconds"]
    assert grace > wait + number("shutdownTimeoutMs") / 1000, grace
    assert container["ports"][0]["containerPort"] == number("port")
    assert int(container["resources"]["requests"]["cpu"]) == number("workers")
    for variable in container["env"]:
        assert variable["name"] in program, variable


CASES = {
    f"{r['kind']} {r['metadata']['name']}": schema_case(r) for r in RESOURCES
} | {
    name.removeprefix("case_").replace("_", " "): run
    for name, run in list(globals().items())
    if name.startswith("case_")
}
for name, run in CASES.items():
    if FILTER not in name:
        continue
    try:
        run()
        error = None
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({"name": name, "error": error}), flush=True)
