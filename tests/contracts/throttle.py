"""The rate limit for wrong passwords, on the fake Redis and on a real one: *redis* is empty."""

from qlines.web.auth.throttle import (
    MAX_WRONG_PASSWORDS,
    MAX_WRONG_PASSWORDS_OF_ADDRESS,
    PAUSE_SECONDS,
    Throttle,
)

AMY, BEN = "amy@example.com", "ben@example.com"
HERE, THERE = "192.0.2.1", "192.0.2.2"


class ThrottleContract:
    def test_it_pauses_an_account_at_an_address_after_ten_wrong_passwords(self, redis):
        throttle = Throttle(redis)

        for _ in range(MAX_WRONG_PASSWORDS):
            assert throttle.pause_seconds(AMY, HERE) == 0
            throttle.wrong(AMY, HERE)

        assert PAUSE_SECONDS - 5 <= throttle.pause_seconds(AMY, HERE) <= PAUSE_SECONDS
        assert throttle.pause_seconds(AMY, THERE) == 0
        assert throttle.pause_seconds(BEN, HERE) == 0

    def test_the_right_password_resets_the_count(self, redis):
        throttle = Throttle(redis)
        for _ in range(MAX_WRONG_PASSWORDS):
            throttle.wrong(AMY, HERE)

        throttle.right(AMY, HERE)

        assert throttle.pause_seconds(AMY, HERE) == 0

    def test_it_pauses_an_address_that_tries_many_accounts(self, redis):
        throttle = Throttle(redis)

        for number in range(MAX_WRONG_PASSWORDS_OF_ADDRESS):
            assert throttle.pause_seconds(AMY, HERE) == 0
            throttle.wrong(f"{number}@example.com", HERE)
        throttle.right("0@example.com", HERE)

        assert PAUSE_SECONDS - 60 <= throttle.pause_seconds(AMY, HERE) <= PAUSE_SECONDS
        assert throttle.pause_seconds(AMY, THERE) == 0
