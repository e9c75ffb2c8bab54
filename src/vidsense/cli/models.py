"""`vidsense models`: which language models there are, getting one, and trying what it really sees."""

import json
import os
from pathlib import Path

import click

from vidsense.cli.options import DEBUGGING, QUIET, RUNNING, with_options
from vidsense.cli.progress import progress_bar, say


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@DEBUGGING
@click.pass_context
def models(ctx: click.Context, as_json: bool) -> None:
    """List the models that are there, those worth getting, and what fits this machine's memory."""
    if ctx.invoked_subcommand:
        return
    from dataclasses import asdict

    from vidsense.cli.choice import held_options
    from vidsense.language.shelf import AS_OF, memory_bytes, shelf

    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    rows = list(shelf(held_options(ctx), home / "hub"))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
        return
    memory = memory_bytes()
    there = [row for row in rows if row.there]
    lines = [line_of(row.name, row.size_bytes, row.fits, "") for row in there] or ["No model is there yet."]
    lines += ["", f"Worth getting (as of {AS_OF}), with `vidsense models pull NAME`:"]
    lines += [line_of(row.name, row.size_bytes, row.fits, row.words) for row in rows if not row.there]
    if memory:
        lines += ["", f"This machine has {memory / 1e9:.0f} GB of memory."]
    click.echo("\n".join(lines))


def line_of(name: str, size: int | None, fits: bool | None, words: str) -> str:
    """One model in a line."""
    gigabytes = f"{size / 1e9:.1f} GB" if size else "?"
    room = {True: "fits", False: "too large", None: ""}[fits]
    return f"{name:<42} {gigabytes:>8}  {room:<9}  {words}".rstrip()


@models.command()
@click.argument("name")
@QUIET
@DEBUGGING
@click.pass_context
def pull(ctx: click.Context, /, name: str, *, quiet: bool) -> None:
    """Download the model NAME: ollama/…, hf/ORG/NAME or gguf/ORG/NAME/FILE.gguf.

    Run it again when it was ended: Ollama goes on where it stopped, of the hub the files that are whole are kept.
    """
    from vidsense.cli.choice import held_options
    from vidsense.language.pull import pull as get

    with progress_bar(quiet=quiet) as bar:
        got = get(name, held_options(ctx), lambda stage, share: bar.report(name, stage, share))
        bar.clear()
    click.echo(got)


@models.command()
@click.argument("name")
@with_options(*RUNNING)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@QUIET
@DEBUGGING
@click.pass_context
def check(ctx: click.Context, /, name: str, *, as_json: bool, quiet: bool, **chosen: object) -> None:
    """Try whether the model NAME really sees order, time and small writing, in drawn pictures with known answers."""
    from dataclasses import asdict

    from vidsense.cli.choice import chosen_model
    from vidsense.language.examine import examine
    from vidsense.language.load import opened

    choice = chosen_model(ctx, {**chosen, "model": name, "check": "off"})
    found = []
    with progress_bar(quiet=quiet) as bar, opened(choice.model, choice.options) as model:
        if model is None:
            raise click.UsageError("name a model; `vidsense models` lists them.")
        for i, finding in enumerate(examine(model)):
            found.append(finding)
            bar.report(name, "asking", (i + 1) / 3)
        bar.clear()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
    for finding in [] if as_json else found:
        wrong = f"; {finding.example}" if finding.example else ""
        told = f"right in {finding.right} of {finding.trials} trials{wrong}"
        click.echo(f"{'ok' if finding.is_there else '--':<3} {finding.name}: {told}")
    if not all(finding.is_there for finding in found):
        say(f"{name} does not see all of it reliably: trust what it says accordingly.")
        raise click.exceptions.Exit(1)
