#!/usr/bin/env python3
"""Checks the files in Cluster/ that need a cluster to run, as far as that goes without one: the
Kubernetes manifest against a strict schema, the container file's instructions, sources, packages
and shell commands, and Slurm's options. First shows that each check can fail.

Needs the modules yaml and jsonschema (Debian: python3-yaml python3-jsonschema).
"""

import functools
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLUSTER = ROOT / "Cluster"


class Wrong(Exception):
    pass


def output(*command, text=None):
    """What a program prints; an error if it fails or is missing."""
    result = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT)
    if result.returncode != 0:
        raise Wrong((result.stdout + result.stderr).strip())
    return result.stdout


def is_installed(program):
    return (
        subprocess.run(["sh", "-c", f"command -v {program}"], capture_output=True).returncode == 0
    )


def check_shell(script, where):
    """Parses shell commands, with shellcheck where there is one."""
    command = ["shellcheck", "--shell=sh", "-"] if is_installed("shellcheck") else ["sh", "-n"]
    try:
        output(*command, text=script + "\n")
    except Wrong as error:
        raise Wrong(f"{where}: {error}") from None


# ---- Kubernetes ----------------------------------------------------------------------------------


class StrictLoader(yaml.SafeLoader):
    """YAML takes the last of two equal keys; here they are an error."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise Wrong(f"line {node.start_mark.line + 1}: the key '{key}' appears twice")
        return super().construct_mapping(node, deep)


def check_manifest(text):
    job = yaml.load(text, StrictLoader)
    schema = json.loads((CLUSTER / "mpijob-v2beta1.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    for error in jsonschema.Draft7Validator(schema).iter_errors(job):
        raise Wrong(f"{'.'.join(map(str, error.absolute_path))}: {error.message}")

    # What a schema cannot say.
    replicas = job["spec"]["mpiReplicaSpecs"]
    for role, replica in replicas.items():
        pod = replica["template"]["spec"]
        volumes = [volume["name"] for volume in pod.get("volumes", [])]
        mounted = [m["name"] for c in pod["containers"] for m in c.get("volumeMounts", [])]
        if sorted(volumes) != sorted(set(mounted)):
            raise Wrong(f"{role}: the volumes {volumes} are not those that are mounted: {mounted}")
        for container in pod["containers"]:
            resources = container["resources"]
            if resources["requests"] != resources["limits"]:
                raise Wrong(
                    f"{role}: requests and limits differ, so the pod has no cpus of its own"
                )
            if container["command"][:2] == ["sh", "-c"]:
                check_shell(container["command"][2], role)
        stop = pod["containers"][0].get("lifecycle", {}).get("preStop")
        if stop:
            check_shell(stop["exec"]["command"][2], f"{role}, preStop")
    ranks = replicas["Worker"]["replicas"] * job["spec"]["slotsPerWorker"]
    launch = replicas["Launcher"]["template"]["spec"]["containers"][0]["command"][2]
    if f"mpirun -n {ranks} " not in launch:
        raise Wrong(f"the launcher should start {ranks} ranks, one for each slot")
    if not launch.splitlines()[-1].startswith("exec mpirun"):
        raise Wrong("mpirun has to replace the shell, or it does not get the pod's signals")


# ---- container file ------------------------------------------------------------------------------

# https://docs.docker.com/reference/dockerfile/, without what Podman and Buildah do not have.
INSTRUCTIONS = set(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL "
    "USER VOLUME WORKDIR".split()
)


def instructions(text):
    """Pairs of an instruction and its arguments, continued lines joined."""
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, arguments = line.strip().partition(" ")
            yield name, arguments.strip()


def check_containerfile(text, tracked):
    stages, release = [], ""
    for name, arguments in instructions(text):
        if name not in INSTRUCTIONS:
            raise Wrong(f"there is no instruction {name}")
        if not arguments:
            raise Wrong(f"{name} says nothing")
        if name != "FROM" and not stages:
            raise Wrong(f"{name} stands before the first FROM")
        words = arguments.split()
        if name == "FROM":
            stages.append(words[2] if len(words) == 3 and words[1] == "AS" else None)
            release = (re.search(r"bookworm|trixie", words[0]) or [""])[0]
            if not release:
                raise Wrong(f"FROM {words[0]} does not name a release, so it changes by itself")
        elif name == "COPY":
            flags = dict(w[2:].partition("=")[::2] for w in words if w.startswith("--"))
            *sources, _ = [w for w in words if not w.startswith("--")]
            if "from" in flags:
                if flags["from"] not in stages[:-1]:
                    raise Wrong(f"COPY --from={flags['from']}: there is no such stage before")
                continue
            for source in sources:
                if not any(file == source or file.startswith(source + "/") for file in tracked):
                    raise Wrong(f"COPY: '{source}' is not in the repository")
        elif name in ("CMD", "ENTRYPOINT"):
            try:
                words = json.loads(arguments)
            except ValueError:
                raise Wrong(
                    f"{name} {arguments} is not a list of words; a shell would get the signals"
                ) from None
        elif name == "RUN":
            check_shell(arguments, "RUN")
            for packages in re.findall(r"apt-get install ((?:(?!&&).)+)", arguments):
                check_packages([w for w in packages.split() if not w.startswith("-")], release)
    if stages[-1:] != [None]:
        raise Wrong("the last stage has a name; a name is for stages that others copy from")


@functools.cache
def known_packages(release):
    """The names that apt knows, where this machine runs the image's release and has apt's lists."""
    system = pathlib.Path("/etc/os-release")
    if not system.exists() or f"VERSION_CODENAME={release}" not in system.read_text().split():
        return set()
    if not is_installed("apt-cache"):
        return set()
    names = set(output("apt-cache", "pkgnames").split())
    # Without lists apt knows what is installed only.
    return names if "libdnnl-dev" in names and "openssh-server" in names else set()


def check_packages(packages, release):
    for package in packages:
        if known_packages(release) and package not in known_packages(release):
            raise Wrong(f"{release} has no package {package}")


# ---- Slurm ---------------------------------------------------------------------------------------

# https://slurm.schedmd.com/sbatch.html: those options that such a script may want, and their
# values.
SBATCH = {
    "job-name": r"\S+",
    "nodes": r"\d+(-\d+)?",
    "ntasks-per-node": r"\d+",
    "cpus-per-task": r"\d+",
    "exclusive": None,
    "time": r"(\d+-)?\d+:\d\d:\d\d",
    "signal": r"([BR]:)?[A-Z0-9]+@\d+",
    "requeue": None,
    "open-mode": r"append|truncate",
    "output": r"\S+",
    "mem": r"\d+[KMGT]?",
    "partition": r"\S+",
    "account": r"\S+",
    "constraint": r"\S+",
}


def check_sbatch(text):
    lines = text.splitlines()
    if not lines[0].startswith("#!"):
        raise Wrong("sbatch wants a first line that names the shell")
    commands = [n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    seen = set()
    for number, line in enumerate(lines):
        if not line.startswith("#SBATCH"):
            continue
        match = re.fullmatch(r"#SBATCH --([a-z-]+)(?:=(.*))?", line)
        if not match or match[1] not in SBATCH:
            raise Wrong(f"line {number + 1}: sbatch has no such option: {line}")
        name, value = match.groups()
        pattern = SBATCH[name]
        if (value is None) != (pattern is None) or (pattern and not re.fullmatch(pattern, value)):
            raise Wrong(f"line {number + 1}: --{name} takes no such value: {line}")
        if name in seen:
            raise Wrong(f"line {number + 1}: --{name} for the second time")
        if number > commands[0]:
            raise Wrong(f"line {number + 1}: sbatch does not read options after the first command")
        seen.add(name)
    # Slurm's limits have to leave time for what the script does at the end.
    for name in ("signal", "time", "requeue", "open-mode"):
        if name not in seen:
            raise Wrong(f"the script relies on --{name}")


# ---- each check can fail -------------------------------------------------------------------------


def expect_wrong(check, text, old, new, *arguments):
    if old not in text:
        raise Wrong(f"the test of the checks looks for '{old}' in vain")
    try:
        check(text.replace(old, new, 1), *arguments)
    except Wrong:
        return
    raise Wrong(f"the check does not notice that '{old}' became '{new}'")


def main():
    manifest = (CLUSTER / "kubernetes-mpijob.yaml").read_text()
    containerfile = (CLUSTER / "Containerfile").read_text()
    sbatch = (CLUSTER / "slurm.sbatch").read_text()
    tracked = output("git", "ls-files", "--cached", "--others", "--exclude-standard").split("\n")

    checks = [
        (
            "Cluster/kubernetes-mpijob.yaml",
            check_manifest,
            manifest,
            (),
            [
                ("org/v2beta1\n", "org/v1\n"),
                ("backoffLimit", "backOffLimit"),
                ("readOnly", "readonly"),
                ("WaitForWorkersReady", "WhenReady"),
                ("mpirun -n 4", "mpirun -n 3"),
                ("name: shared-memory, mountPath", "name: memory, mountPath"),
                ('cpu: "16"', 'cpu: "8"'),
                ('cpu: "1"', "cpu: 1"),
                ("exec mpirun", "mpirun"),
                ('value: "60"', "value: 60"),
                ("then\n", "\n"),
                ("replicas: 1", "replicas: 2"),
                ("slotsPerWorker: 1", "slotsPerWorker: 1\n  slotsPerWorker: 1"),
            ],
        ),
        (
            "Cluster/Containerfile",
            check_containerfile,
            containerfile,
            (tracked,),
            [
                ("WORKDIR /tandem", "WORKDIRECTORY /tandem"),
                ("COPY Sources", "COPY Source"),
                ("--from=build", "--from=builder"),
                ('CMD ["', 'CMD "'),
                ("FROM swift", "FRM swift"),
                ("debian:bookworm-slim", "debian:latest"),
                ("&& rm -rf", "&& && rm -rf"),
                ("Cluster/ssh_config ", "Cluster/ssh_configuration "),
                ("USER mpiuser", "USER"),
            ]
            + ([("libzip4", "libzip4000")] if known_packages("bookworm") else []),
        ),
        (
            "Cluster/slurm.sbatch",
            check_sbatch,
            sbatch,
            (),
            [
                ("--nodes", "--hosts"),
                ("USR1@120", "USR1"),
                ("--requeue", "--requeue=yes"),
                ("--cpus-per-task=16", "--cpus-per-task=all"),
                ("#SBATCH --nodes", "true\n#SBATCH --nodes"),
                ("#SBATCH --open-mode=append\n", ""),
            ],
        ),
    ]
    for path, check, text, arguments, changes in checks:
        try:
            check(text, *arguments)
            for old, new in changes:
                expect_wrong(check, text, old, new, *arguments)
        except Wrong as error:
            sys.exit(f"error: {path}: {error}")


if __name__ == "__main__":
    main()
