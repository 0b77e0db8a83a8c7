from proxy.act.dns import DnsWatcher


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
