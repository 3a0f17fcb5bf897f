"""Set Yingbin up in this folder and run it; needs nothing but Python.

    python3 run.py demo [--lang zh|en] [--port N]    a filled example to look at
    python3 run.py test [pytest's own arguments]     the whole suite
    python3 run.py flask ...                         any command of the application

The first run makes `.venv`, installs the pinned packages and the front-end files; later runs find
that nothing changed and start at once. Only the standard library is used, because nothing else is
there yet, and only what an old Python can read, so that it can be told that it is too old.
"""

import hashlib
import importlib.util
import json
import locale
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "yingbin-setup.json"
MANIFEST = ROOT / "app" / "static" / "vendor" / "manifest.json"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-test.lock"}
OLDEST_PYTHON = (3, 11)

UNREACHABLE = re.compile(
    r"NewConnectionError|Max retries|ConnectionError|Connection (?:refused|reset|broken)"
    r"|ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError|getaddrinfo"
    r"|error sending request|dns error|Name or service not known|name resolution"
    r"|from versions: none|Failed to fetch",
    re.IGNORECASE,
)
NO_PYTHON_REGISTRY = (
    "连不上 Python 软件包仓库。如需使用镜像，请将 PIP_INDEX_URL（使用 uv 时为 UV_INDEX_URL）"
    "设为镜像地址，再运行一次。",
    "The Python package registry is out of reach. To use a mirror, set PIP_INDEX_URL (for uv: "
    "UV_INDEX_URL) to its address and run this again.",
)
NO_NPM_REGISTRY = (
    "连不上 npm 仓库。如需使用镜像，请将 npm_config_registry 设为镜像地址，再运行一次。",
    "The npm registry is out of reach. To use a mirror, set npm_config_registry to its address and "
    "run this again.",
)
NO_PIP = (
    "这个 Python 没有 venv 和 pip。在 Debian 或 Ubuntu 上请运行：sudo apt install python3-venv"
    "，再运行一次。",
    "This Python has neither venv nor pip. On Debian or Ubuntu run: sudo apt install python3-venv"
    " and then run this again.",
)
USAGE = (
    "用法：\n"
    "  python3 run.py demo [--lang zh|en] [--port N]   建立并启动演示\n"
    "  python3 run.py test [pytest 参数]               运行全部测试\n"
    "  python3 run.py flask ...                        运行应用的任意命令",
    "Usage:\n"
    "  python3 run.py demo [--lang zh|en] [--port N]   set up and start the demo\n"
    "  python3 run.py test [pytest arguments]          run the whole suite\n"
    "  python3 run.py flask ...                        run any command of the application",
)


class SetupError(Exception):
    """The set-up can't go on; carries the sentence for the person in (Chinese, English)."""

    def __init__(self, sentence: tuple, details: str = "") -> None:
        super().__init__(sentence[1])
        self.sentence = sentence
        self.details = details


def choose_language(environ: dict, system_locale: "str | None") -> str:
    """'zh' or 'en': by the environment as POSIX reads it, else by the system's own locale."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].lower().startswith("zh") else "en"
    return "zh" if (system_locale or "").lower().startswith(("zh", "chinese")) else "en"


def system_locale() -> "str | None":
    """What the operating system says; Windows has no LANG."""
    try:
        locale.setlocale(locale.LC_CTYPE, "")
        return locale.getlocale()[0]
    except (locale.Error, ValueError):
        return None


def say(sentence: tuple, stream: "TextIO | None" = None) -> None:
    """Print a (Chinese, English) sentence in the person's language, at once."""
    language = choose_language(os.environ, system_locale())
    text = sentence[0] if language == "zh" else sentence[1]
    print(text, file=stream or sys.stdout, flush=True)


def fingerprint(level: str, root: Path = ROOT) -> str:
    """Changes when the set-up for this level ('run' or 'test') has to be done again."""
    paths = [root / LOCKS[level].name, root / "pyproject.toml", root / "hatch_build.py"]
    paths += [root / "frontend" / name for name in ("package.json", "package-lock.json", ".npmrc")]
    digest = hashlib.sha256(str(root).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp(path: Path = STAMP) -> dict:
    """Level → fingerprint of what was set up last; empty when in doubt."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_ready(level: str) -> bool:
    """Whether the environment is what today's files ask for."""
    is_made = PYTHON.exists() and MANIFEST.exists()
    return is_made and read_stamp().get(level) == fingerprint(level)


def stale_catalogues(root: Path = ROOT) -> list:
    """The catalogues whose compiled form is missing or older."""
    stale = []
    for source in root.glob("app/*/translations/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            stale.append(source)
    return stale


def setup_environ(environ: dict) -> dict:
    """The environment for the package tools: few retries, so that an absent registry shows soon."""
    env = dict(environ)
    # These would lead a pip away from the environment that it is told to fill.
    for name in ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONHOME"):
        env.pop(name, None)
    for name, value in (
        ("PIP_RETRIES", "1"),
        ("PIP_DEFAULT_TIMEOUT", "15"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("PIP_NO_INPUT", "1"),
        ("UV_HTTP_RETRIES", "1"),
        ("npm_config_fetch_retries", "1"),
    ):
        env.setdefault(name, value)
    # uv does not read pip's settings, and a person who set a mirror meant it for both.
    if env.get("PIP_INDEX_URL") and not (env.get("UV_INDEX_URL") or env.get("UV_DEFAULT_INDEX")):
        env["UV_DEFAULT_INDEX"] = env["PIP_INDEX_URL"]
    return env


def explain(output: str) -> tuple:
    """The sentence for a failed step, from what the tool printed."""
    if "npm_config_registry" in output:
        return NO_NPM_REGISTRY
    if UNREACHABLE.search(output):
        return NO_PYTHON_REGISTRY
    return ("安装没有完成，原因见上。", "The set-up could not finish; the reason stands above.")


def run_step(command: list) -> None:
    """Run a step of the set-up without its chatter; a failure shows its last lines."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=str(ROOT),
        env=setup_environ(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        output = done.stdout.decode("utf-8", errors="replace")
        last_lines = "\n".join(output.strip().splitlines()[-15:])
        raise SetupError(explain(output), last_lines)


def works(command: list) -> bool:
    """Whether this command can be run here."""
    done = subprocess.run(
        [str(part) for part in command],
        env=setup_environ(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return done.returncode == 0


def make_environment() -> None:
    """Make `.venv`, or make it anew where its Python is gone or too old."""
    test = "import sys; sys.exit(sys.version_info < {})".format(OLDEST_PYTHON)  # noqa: UP032
    if PYTHON.exists() and works([PYTHON, "-c", test]):
        return
    if importlib.util.find_spec("venv") is None:
        raise SetupError(NO_PIP)
    say(("正在创建 Python 环境 .venv …", "Making the Python environment .venv …"))
    run_step([sys.executable, "-m", "venv", "--without-pip", "--clear", VENV])


def installer() -> list:
    """The install command of the best tool there is: uv, the environment's pip, or this one's."""
    uv = shutil.which("uv")
    if uv and works([uv, "--version"]):
        return [uv, "pip", "install", "--python", PYTHON]
    inner = [PYTHON, "-m", "pip"]
    if not works([*inner, "--version"]) and importlib.util.find_spec("ensurepip"):
        works([PYTHON, "-m", "ensurepip", "--default-pip"])
    if works([*inner, "--version"]):
        return [*inner, "install"]
    # Debian without python3-venv: its own pip may not install for itself, but for others it may.
    outer = [sys.executable, "-m", "pip", "--python", PYTHON]
    if works([*outer, "--version"]):
        return [*outer, "install"]
    raise SetupError(NO_PIP)


def set_up(level: str) -> None:
    """Bring the environment to what the files ask for; nothing is done where nothing changed."""
    if not is_ready(level):
        stamp = {level: fingerprint(level)}
        if level == "test":
            stamp["run"] = fingerprint("run")
        make_environment()
        STAMP.unlink(missing_ok=True)
        install = installer()
        say(
            (
                "正在安装 Python 软件包（首次约需一分钟）…",
                "Installing the Python packages (about a minute the first time) …",
            )
        )
        run_step([*install, "--require-hashes", "-r", LOCKS[level]])
        say(
            (
                "正在安装迎宾及其前端文件 …",
                "Installing Yingbin itself and its front-end files …",
            )
        )
        run_step([*install, "--no-deps", "--editable", ROOT])
        STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    if stale_catalogues():
        say(("正在编译中文词条 …", "Compiling the Chinese texts …"))
        run_step([PYTHON, ROOT / "scripts" / "translations.py", "compile"])


def command_environ(environ: dict) -> dict:
    """The environment of the started command: finds the application, and no console crashes it."""
    env = dict(environ)
    env.setdefault("FLASK_APP", str(ROOT / "wsgi.py"))
    env.setdefault("PYTHONIOENCODING", ":replace")
    return env


def start(command: list) -> int:
    """Become the command; its exit code and Ctrl-C are its own."""
    env = command_environ(os.environ)
    command = [str(part) for part in command]
    if os.name != "nt":
        os.execve(command[0], command, env)
    # Windows can't replace a process: wait, and leave Ctrl-C to the command.
    process = subprocess.Popen(command, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main(arguments: list) -> int:
    """Set up what the command needs, then start it."""
    if not arguments or arguments[0] not in ("demo", "test", "flask"):
        is_help = bool(arguments) and arguments[0] in ("-h", "--help", "help")
        say(USAGE, sys.stdout if is_help else sys.stderr)
        return 0 if is_help else 2
    name, rest = arguments[0], arguments[1:]
    try:
        set_up("test" if name == "test" else "run")
    except SetupError as error:
        if error.details:
            print(error.details, file=sys.stderr)
        say(error.sentence, sys.stderr)
        return 1
    if name == "test":
        os.chdir(str(ROOT))
        return start([PYTHON, "-m", "pytest", *rest])
    return start([PYTHON, "-m", "flask", *(["demo"] if name == "demo" else []), *rest])


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        found = "%d.%d" % sys.version_info[:2]  # noqa: UP031
        say(
            (
                "迎宾需要 Python 3.11 或更新版本，当前是 %s。" % found,  # noqa: UP031
                "Yingbin needs Python 3.11 or newer; this is %s." % found,  # noqa: UP031
            ),
            sys.stderr,
        )
        sys.exit(1)
    for console in (sys.stdout, sys.stderr):
        console.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
