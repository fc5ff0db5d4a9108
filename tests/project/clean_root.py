"""Builds an image's file system without a container engine, and starts its entry points there.

What stands in for the engine: a folder is the root, so an absolute path of the Dockerfile is one
below it; the base image, which cannot be fetched without a registry, is a copy of this machine's
Python in `/usr/local`, without its site-packages, and this machine's system libraries. All else,
the instructions in their order, the context after .dockerignore, the environment, the user, is the
Dockerfile's.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dockerfile import Dockerfile, Stage, expanded, words
from machine import machine_environment

_BASE_PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OWN = re.compile(r"(?<![\w.$}/-])/(opt|usr/local|tmp)(?![\w-])")
_LEFT_OUT = shutil.ignore_patterns(
    "site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "__pycache__", "*.a"
)


class CleanRoot:
    """The file system of one image; `root` is its /."""

    def __init__(self, dockerfile: Dockerfile, context: Path, arguments: Mapping[str, str]) -> None:
        self._file, self._context, self._arguments = dockerfile, context, dict(arguments)
        self.folder = Path(tempfile.mkdtemp(prefix="clean-root-"))
        self.folder.chmod(0o755)
        self.root = self.folder / "root"
        self.environment: dict[str, str] = {}
        self.user = ""
        self._directory = "/"
        self._entry: list[str] = []

    def build(self) -> None:
        for stage in self._file.stages:
            if self.root.exists():
                # The folder's name stays, because scripts and links in it name it.
                self.root.rename(self.folder / self._finished)
            self._finished = stage.name
            self._base()
            self._run_stage(stage)

    def start(
        self, *arguments: str, entry: list[str] | None = None, **variables: str
    ) -> subprocess.Popen[str]:
        """Start a container: the image's entry point, or another one, with arguments."""
        command = [self._placed(word) for word in entry or self._entry]
        return subprocess.Popen(
            [*command, *arguments],
            cwd=self.place(self._directory),
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._owner(),
        )

    def place(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def system_libraries(self) -> set[str]:
        """Return the libraries that installed files take from outside of the image's packages."""
        libraries = [str(each) for each in self.place("/opt").rglob("*.so*") if each.is_file()]
        listed = subprocess.run(["ldd", *libraries], capture_output=True, text=True, check=False)
        found = re.findall(r"^\s+(\S+) => (/\S+) ", listed.stdout, re.MULTILINE)
        return {name for name, path in found if not Path(path).is_relative_to(self.root)}

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def _base(self) -> None:
        version = f"python{sysconfig.get_python_version()}"
        local = self.root / "usr" / "local"
        (local / "bin").mkdir(parents=True)
        shutil.copy(os.path.realpath(sys.executable), local / "bin" / version)
        (local / "bin" / "python3").symlink_to(version)
        shutil.copytree(
            sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}),
            local / "lib" / version,
            ignore=_LEFT_OUT,
            symlinks=True,
        )
        for library in Path(sys.base_prefix, "lib").glob("libpython3*.so*"):
            shutil.copy(library, local / "lib", follow_symlinks=False)
        (self.root / "tmp").mkdir()
        (self.root / "tmp").chmod(0o1777)
        # The loader of this machine knows nothing of the copy.
        libraries = {"LD_LIBRARY_PATH": str(local / "lib")}
        self.environment = {"PATH": self._placed(_BASE_PATH), "LANG": "C.UTF-8", **libraries}
        self.user, self._directory, self._entry = "", "/", []

    def _run_stage(self, stage: Stage) -> None:
        given: dict[str, str] = {}
        for instruction in stage.instructions:
            variables = self.environment | given
            text = instruction.text
            if instruction.word == "ARG":
                name, _, default = text.partition("=")
                given[name] = self._arguments.get(name, default)
            elif instruction.word == "ENV":
                for name, value in re.findall(r"(\w+)=(\S+)", text):
                    self.environment[name] = self._placed(expanded(value, variables))
            elif instruction.word == "WORKDIR":
                self._directory = expanded(text, variables)
                self.place(self._directory).mkdir(parents=True, exist_ok=True)
            elif instruction.word == "COPY":
                self._copy(text)
            elif instruction.word == "RUN":
                self._execute(self._placed(text), variables)
            elif instruction.word == "USER":
                self.user = text
            else:
                self._entry = words(text)

    def _execute(self, script: str, variables: Mapping[str, str]) -> None:
        done = subprocess.run(
            ["/bin/sh", "-ec", script],
            cwd=self.place(self._directory),
            env=machine_environment() | dict(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._owner(),
        )
        if done.returncode != 0:
            raise AssertionError(f"RUN {script}\nended with {done.returncode}:\n{done.stdout}")

    def _copy(self, text: str) -> None:
        *sources, target = text.split()
        if sources[0].startswith("--from="):
            finished = self.folder / sources[0].removeprefix("--from=")
            for source in sources[1:]:
                # Moved and not copied: nobody reads a finished stage a second time.
                shutil.move(finished / source.lstrip("/"), self.place(target))
            return
        directory = self.place(self._directory) / target
        for source in sources:
            found = (str(file.relative_to(self._context)) for file in self._context.glob(source))
            kept = [each for each in found if in_context(each, self._context / ".dockerignore")]
            if not kept:
                raise AssertionError(f"COPY {source}: the context holds no such file.")
            for each in kept:
                shutil.copy(self._context / each, directory)

    def _placed(self, text: str) -> str:
        return _OWN.sub(lambda match: f"{self.root}/{match[1]}", text)

    def _owner(self) -> dict[str, int]:
        """Where the tests run as root, what follows USER runs as that user."""
        if not self.user or os.geteuid() != 0:
            return {}
        user, _, group = self.user.partition(":")
        return {"user": int(user), "group": int(group)}


def in_context(path: str, ignore_file: Path) -> bool:
    """Return whether a file reaches the engine: the last line that matches it decides."""
    kept = True
    for line in ignore_file.read_text().splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        named = pattern.removeprefix("!")
        if fnmatch.fnmatch(path, named) or fnmatch.fnmatch(path, f"{named}/*"):
            kept = pattern.startswith("!")
    return kept
