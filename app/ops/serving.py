"""Serving pages and ticking: `flask serve`, `flask scheduler`, and the demo.

The tick comes from APScheduler's memory once a minute in each process; what is due is decided and
claimed in the database, so that any number of processes may tick.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC

import click
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from waitress.server import create_server

from app.core import clock
from app.core.jobs import tick
from app.core.settings import SettingsError
from app.ops.migrations import check_migrated

log = structlog.get_logger()

THREADS = 8
# A job that hangs must not keep the others from their slots: the next tick does not wait for it.
TICKS_AT_ONCE = 3


class PortTaken(Exception):
    """The port cannot be listened on; the message says what to do."""


def tick_once(app: Flask) -> None:
    """One tick in a context of its own; a tick that fails is logged and the next one comes."""
    with app.app_context():
        try:
            tick(clock.now())
        except Exception:  # the thread must live on whatever happened to one tick
            log.exception("tick failed")


def start_ticking(app: Flask) -> BackgroundScheduler:
    """Tick now and then every minute, in a thread; call `.shutdown(wait=False)` to stop."""
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        tick_once, "interval", args=[app], minutes=1, next_run_time=clock.now(),
        coalesce=True, max_instances=TICKS_AT_ONCE, misfire_grace_time=None, id="tick",
    )  # fmt: skip
    scheduler.start()
    return scheduler


def check_port(port: int, host: str = "127.0.0.1") -> None:
    """Raise PortTaken unless the port can be listened on: better said before long work."""
    with socket.socket() as probe:
        if os.name == "posix":
            # As the server itself does, so that a port just given up counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise _taken(port, host, problem) from problem


def _taken(port: int, host: str, problem: OSError) -> PortTaken:
    return PortTaken(
        f"Port {port} on {host} cannot be used ({problem.strerror or problem}). "
        f"Choose another one: --port {port + 1 if port < 65535 else 8001}"
    )


def serve(
    app: Flask,
    port: int,
    host: str = "127.0.0.1",
    *,
    is_ticking: bool = True,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; `on_ready` gets the address once the port is open.

    Raises PortTaken, or SettingsError for a database that is not migrated.
    """
    check_migrated(app)
    try:
        server = create_server(
            app, host=host, port=port, threads=THREADS, ident="Yingbin",
            clear_untrusted_proxy_headers=True,
        )  # fmt: skip
    except OSError as problem:
        raise _taken(port, host, problem) from problem
    scheduler = start_ticking(app) if is_ticking else None
    if threading.current_thread() is threading.main_thread():
        # A service manager's polite end is an end like Ctrl-C: requests under way are finished.
        signal.signal(signal.SIGTERM, lambda *_given: sys.exit(0))
    try:
        if on_ready:
            on_ready(f"http://{host}:{port}")
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        if scheduler:
            scheduler.shutdown(wait=False)
        server.close()


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined]


@click.command("serve")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve_command(port: int, host: str) -> None:
    """Serve the pages, with the scheduler running."""
    app = _app()
    try:
        app.config["SETTINGS"].require_secret()
        serve(app, port, host, on_ready=lambda url: click.echo(f"Yingbin is on {url}"))
    except (SettingsError, PortTaken) as problem:
        raise click.ClickException(str(problem)) from problem


@click.command("scheduler")
def scheduler_command() -> None:
    """Tick once a minute without serving pages."""
    app = _app()
    try:
        check_migrated(app)
    except SettingsError as problem:
        raise click.ClickException(str(problem)) from problem
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_given: stop.set())
    scheduler = start_ticking(app)
    click.echo("The scheduler is running.")
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)
