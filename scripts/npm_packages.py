"""Installs packages of npm where the build keeps what it needs."""

import shutil
import subprocess


class Unavailable(Exception):
    """A tool can not be had here; the message says why."""


def install(folder, package, version):
    """Puts the package into `folder`/node_modules, without running scripts of its own; raises Unavailable."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm was not found")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", ".", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", f"{package}@{version}"]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"npm did not deliver {package} within 300 s") from error
    if result.returncode != 0:
        raise Unavailable(f"npm could not install {package}@{version}: {' '.join(result.stderr.split())[:200]}")
