"""The explainer with a worker that knows no torch: one job for all who ask the same, cancels, deaths, limits, the disk."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import BadInput
from core.explain.worker.answers import Answer
from core.runtime.explainer import FOLDER, QUICK, SLOW, Explainer, line_of
from core.runtime.explaining.desk import Desk
from core.runtime.explaining.line import NO_ANSWER, ROOT, Times
from core.runtime.explaining.ticket import Ticket
from core.store.process import ProcessIdentity
from tests.core.runtime.explaining_for_tests import PROGRAM

PATIENCE = 120.0
Make = Callable[..., Explainer]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes explainers with the worker for tests, and closes them."""
    made: list[Explainer] = []

    def explainer(**options: Any) -> Explainer:
        made.append(Explainer(tmp_path, program=PROGRAM, **options))
        return made[-1]

    yield explainer
    for one in made:
        one.close()


def whole(answer: Answer) -> Answer:
    return answer


def ask(
    explainer: Explainer, name: str, home: Path, asker: str = "a", what: str = "echo", **more: Any
) -> Ticket[Answer]:
    return explainer.ask(what, {"name": name, "log": str(home / "log"), **more}, asker=asker, read=whole)


def computed(home: Path) -> list[str]:
    log = home / "log"
    return log.read_text().split() if log.exists() else []


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_thirty_who_ask_the_same_share_one_computation(make: Make, tmp_path: Path) -> None:
    explainer, gate, tickets = make(), threading.Barrier(30), []

    def viewer(number: int) -> None:
        gate.wait()
        tickets.append(ask(explainer, "same", tmp_path, f"viewer {number}", seconds=0.3))

    threads = [threading.Thread(target=viewer, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(ticket.wait(PATIENCE) for ticket in tickets)
    assert computed(tmp_path) == ["same"]
    answers = [ticket.answer for ticket in tickets]
    assert all(answer is answers[0] for answer in answers)
    assert answers[0].document["name"] == "same"
    assert answers[0].arrays["curves.x"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not answers[0].arrays["curves.x"].flags.writeable
    assert tickets[0].progress == 1
    assert tickets[0].sentence == ""


def test_an_answer_comes_from_the_disk_to_another_server_without_a_process(make: Make, tmp_path: Path) -> None:
    first = make()
    assert ask(first, "kept", tmp_path).wait(PATIENCE)
    second = make()
    ticket = ask(second, "kept", tmp_path, "b")
    assert ticket.state == "done"
    assert second.lines[SLOW].pid is None
    assert computed(tmp_path) == ["kept"]
    (kept,) = (tmp_path / FOLDER).iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    third = make()
    assert ask(third, "kept", tmp_path).wait(PATIENCE)
    assert computed(tmp_path) == ["kept", "kept"]


def test_answers_do_not_fit_in_memory_for_ever(make: Make, tmp_path: Path) -> None:
    explainer = make(desk=Desk(kept_bytes=2_500))  # of about 1,050 bytes each
    for name in "abc":
        ask(explainer, name, tmp_path).wait(PATIENCE)
    for kept in (tmp_path / FOLDER).iterdir():
        kept.unlink()
    for name in "cba":
        assert ask(explainer, name, tmp_path).wait(PATIENCE)
    assert computed(tmp_path) == ["a", "b", "c", "a"]


def test_a_running_job_ends_when_all_who_asked_have_cancelled(make: Make, tmp_path: Path) -> None:
    explainer = make()
    one, two = (ask(explainer, "long", tmp_path, asker, seconds=60) for asker in "ab")
    until(lambda: one.state == "running" and one.progress == 0.25)
    process = explainer.lines[SLOW].pid
    one.cancel()
    assert (one.state, two.state) == ("cancelled", "running")
    assert one.sentence == "It was cancelled."
    two.cancel()
    assert two.state == "cancelled"
    with pytest.raises(BadInput, match=r"It was cancelled\."):
        two.answer  # noqa: B018
    after = ask(explainer, "next", tmp_path)
    assert after.wait(PATIENCE)
    assert explainer.lines[SLOW].pid == process
    again = ask(explainer, "long", tmp_path, seconds=60)
    until(lambda: computed(tmp_path).count("long") == 2)
    assert again.state == "running"


def test_a_method_that_hears_no_cancel_is_ended_with_its_process(make: Make, tmp_path: Path) -> None:
    explainer = make(times=Times(cancel=0.2))
    ticket = ask(explainer, "deaf", tmp_path, what="deaf")
    until(lambda: ticket.state == "running" and explainer.lines[SLOW].pid)
    ticket.cancel()
    assert ask(explainer, "next", tmp_path).wait(PATIENCE)


def test_a_job_that_takes_too_long_is_ended_with_a_sentence(make: Make, tmp_path: Path) -> None:
    explainer = make(times=Times(limit=0.5))
    ticket = ask(explainer, "deaf", tmp_path, what="deaf")
    assert ticket.wait(PATIENCE)
    assert ticket.sentence == "It took longer than 0.5 s and was ended; ask for fewer rows, or a cheaper method."
    assert ask(explainer, "deaf", tmp_path, what="deaf").state == "failed"  # remembered
    ticket.forget()
    assert ask(explainer, "deaf", tmp_path, what="deaf").state != "failed"


def test_a_process_that_dies_is_replaced_once(make: Make, tmp_path: Path) -> None:
    explainer, lives = make(), tmp_path / "lives"
    lives.write_text("x")
    once = ask(explainer, "once", tmp_path, what="die", lives=str(lives))
    assert once.wait(PATIENCE)
    assert once.state == "done"
    lives.write_text("xx")
    twice = ask(explainer, "twice", tmp_path, what="die", lives=str(lives))
    assert twice.wait(PATIENCE)
    assert (twice.state, twice.sentence) == ("failed", NO_ANSWER)
    assert ask(explainer, "next", tmp_path).wait(PATIENCE)


def test_without_a_worker_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explainer = Explainer(tmp_path, program=("-m", "no_such_worker"))
    ticket = ask(explainer, "a", tmp_path)
    assert ticket.wait(PATIENCE)
    assert ticket.sentence == NO_ANSWER
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no_python"))
    ticket = ask(explainer, "b", tmp_path)
    assert ticket.wait(PATIENCE)
    assert ticket.sentence.startswith("The process that computes explanations can't be started (")
    explainer.close()


def test_a_process_killed_from_outside_is_replaced(make: Make, tmp_path: Path) -> None:
    explainer = make()
    ticket = ask(explainer, "long", tmp_path, seconds=0.5)
    until(lambda: ticket.progress == 0.25)
    process = explainer.lines[SLOW].pid
    assert process is not None
    psutil.Process(process).kill()
    assert ticket.wait(PATIENCE)
    assert ticket.state == "done"
    assert computed(tmp_path) == ["long", "long"]


def test_faults_are_sentences(make: Make, tmp_path: Path) -> None:
    explainer = make()
    for what, said in [
        ("refuse", "This can't be done; do that."),
        ("fault", "It can't be computed (KeyError: 'a fault of ours'); try another method or fewer rows."),
        ("ehco", "question has no entry 'ehco'; did you mean 'echo'?"),
    ]:
        ticket = ask(explainer, what, tmp_path, what=what)
        assert ticket.wait(PATIENCE)
        assert ticket.state == "failed"
        assert ticket.sentence.startswith(said.removesuffix("?"))


def test_the_lines_work_side_by_side(make: Make, tmp_path: Path) -> None:
    explainer = make()
    slow = ask(explainer, "slow", tmp_path, seconds=60)
    until(lambda: slow.state == "running")
    assert ask(explainer, "quick", tmp_path, what="predict").wait(PATIENCE)
    assert slow.state == "running"
    assert explainer.lines[QUICK].pid != explainer.lines[SLOW].pid
    asked = {"question": {"method": "saliency"}, "checks": None}
    assert line_of("explain", asked) == QUICK
    assert line_of("explain", {**asked, "checks": ["stability"]}) == SLOW
    assert line_of("explain", {**asked, "question": {"method": "shap_partition"}}) == SLOW
    assert (line_of("preflight", {}), line_of("influence", {})) == (QUICK, SLOW)


def test_an_idle_process_gives_its_memory_back(make: Make, tmp_path: Path) -> None:
    explainer = make(times=Times(idle=0.3))
    ask(explainer, "one", tmp_path).wait(PATIENCE)
    until(lambda: explainer.lines[SLOW].pid is None)
    assert ask(explainer, "two", tmp_path).wait(PATIENCE)


def test_the_processes_end_with_the_server(make: Make, tmp_path: Path) -> None:
    explainer = make()
    explainer.warm_up()
    running, waiting = (ask(explainer, name, tmp_path, seconds=60) for name in ("long", "later"))
    until(lambda: running.state == "running")
    processes = [psutil.Process(line.pid) for line in explainer.lines.values()]
    explainer.close()
    assert (running.state, waiting.state) == ("failed", "failed")
    assert "server is stopping" in waiting.sentence
    assert not any(process.is_running() for process in processes)
    with pytest.raises(BadInput, match="ask again when it has started"):
        ask(explainer, "late", tmp_path)


def test_no_process_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from core.runtime.explainer import Explainer
explainer = Explainer(Path({str(tmp_path)!r}), program={PROGRAM!r})
ticket = explainer.ask("deaf", {{}}, asker="a", read=lambda answer: answer)
while ticket.state != "running" or explainer.lines["slow"].pid is None:
    time.sleep(0.01)
explainer.warm_up()
print(*(line.pid for line in explainer.lines.values()), flush=True)
time.sleep(60)
"""
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    workers = [ProcessIdentity.of(int(pid)) for pid in server.stdout.readline().split()]
    server.kill()
    server.communicate()
    assert len(workers) == 2
    until(lambda: not any(worker.alive() for worker in workers))
