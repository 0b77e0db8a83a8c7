from proxy.act.names import Names


def test_a_host_that_is_gone_keeps_the_addresses_it_had():
    answers = iter([("10.0.0.2",), (), ("10.0.0.3",)])
    names = Names(lambda _host: next(answers))

    assert names.addresses("app") == ()
    assert names.note("app") is True
    assert names.note("app") is False
    assert names.addresses("app") == ("10.0.0.2",)
    names.note("app")
    assert names.addresses("app") == ("10.0.0.3",)


def test_a_host_counts_as_looked_up_whether_it_was_found_or_not():
    names = Names(lambda _host: ())

    assert not names.have_looked({"app"})
    names.note("app")
    assert names.have_looked({"app"})
    assert not names.have_looked({"app", "blog"})
