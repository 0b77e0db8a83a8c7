import threading

from proxy.act import dns
from proxy.act.dns import DnsWatcher
from tests.harness.deadline import eventually


def test_a_host_that_is_gone_keeps_the_addresses_it_had():
    answers = iter([("10.0.0.2",), (), ("10.0.0.3",)])
    names = DnsWatcher(lambda _host: next(answers))

    assert names.addresses("app") == ()
    assert names.resolve_once("app") is True
    assert names.resolve_once("app") is False
    assert names.addresses("app") == ("10.0.0.2",)
    names.resolve_once("app")
    assert names.addresses("app") == ("10.0.0.3",)


def test_a_host_counts_as_queried_whether_it_resolves_or_not():
    names = DnsWatcher(lambda _host: ())

    assert not names.are_resolved({"app"})
    names.resolve_once("app")
    assert names.are_resolved({"app"})
    assert not names.are_resolved({"app", "blog"})


def test_a_host_that_is_watched_again_at_once_has_one_thread(monkeypatch):
    monkeypatch.setattr(dns, "RESOLVED_EVERY_SECONDS", 0.01)
    asking, may_answer = [], threading.Semaphore(0)

    def resolve(_host):
        asking.append(threading.current_thread())
        may_answer.acquire()
        return ("10.0.0.2",)

    names = DnsWatcher(resolve)
    names.watch({"app"})
    eventually(lambda: len(asking) == 1, 5, "the first thread asks")
    names.watch(set())
    names.watch({"app"})
    eventually(lambda: len(asking) == 2, 5, "the second thread asks")
    first = asking[0]

    may_answer.release(2)

    eventually(lambda: not first.is_alive(), 5, "the first one ends")
    names.watch(set())
    may_answer.release()
