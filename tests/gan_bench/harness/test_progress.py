import io

from rich.console import Console

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import SeedStatus, Status, unmeasured
from gan_bench.harness.progress import Lines, LiveLines, Quiet, display, ended

JOB = Job("training", "wgan-gp", "ring8", (0, 1))


def told(listener):
    """Tell a display the story of one job that goes well and one that does not."""
    with listener:
        listener.note("redone: sources changed (2 jobs)")
        listener.planned(2, 3)
        listener.started(JOB)
        listener.progress(JOB, 0, 100, 0.0)
        listener.progress(JOB, 50, 100, 1234.0)
        listener.finished(unmeasured(JOB, SeedStatus(Status.COMPLETED)))
        other = Job("sweep", "", "", (0,))
        # A pair that cannot run is finished without having started.
        listener.finished(unmeasured(other, SeedStatus(Status.KILLED, message="killed with SIGKILL")))


def test_plain_lines():
    stream = io.StringIO()
    told(Lines(stream))
    assert stream.getvalue().splitlines() == [
        "redone: sources changed (2 jobs)",
        "2 jobs to run, 3 done already",
        "[1/2] wgan-gp on ring8: 2 completed",
        "[2/2] sweep: 1 killed - killed with SIGKILL",
    ]


def test_live_lines():
    stream = io.StringIO()
    told(LiveLines(Console(file=stream, force_terminal=True, width=120)))
    shown = stream.getvalue()
    assert "redone: sources changed (2 jobs)" in shown
    assert "sweep: 1 killed - killed with SIGKILL" in shown
    assert "2/2" in shown
    assert "jobs (3 done already)" in shown


def test_the_line_of_a_running_job():
    stream = io.StringIO()
    lines = LiveLines(Console(file=stream, force_terminal=True, width=120))
    with lines:
        lines.planned(1, 0)
        lines.started(JOB)
        lines.progress(JOB, 50, 100, 1234.0)
        lines._live.refresh()
    assert "wgan-gp on ring8" in stream.getvalue()
    assert "step 50/100  1,234 seed-steps/s" in stream.getvalue()


def test_quiet_shows_nothing(capsys):
    told(Quiet())
    assert capsys.readouterr() == ("", "")


def test_display_fits_the_output():
    assert isinstance(display(quiet=True), Quiet)
    assert isinstance(display(quiet=False), Lines)


def test_how_a_job_ended_is_told_in_one_line():
    outcome = unmeasured(JOB, SeedStatus(Status.ERROR, message="ValueError: no"))
    outcome.status[0] = SeedStatus(Status.DIVERGED, 3)
    assert ended(outcome) == "1 diverged, 1 error - ValueError: no"
