"""For each alert a time series that makes it fire, and one that comes near and leaves it quiet.

Series are in promtool's notation, a sample a minute: "0x5" is 0 six times, "0+10x5" is 0, 10, … 50.
"""

from typing import NamedTuple

Series = dict[str, str]


class Case(NamedTuple):
    """Both series, and how many minutes after the first sample the alert is looked at."""

    fires: Series
    quiet: Series
    minute: int = 30


HOURS = 60
GIB = 1024**3
STATUS = 'qlines_program_status{program="writer",status="failed"}'
REFUSED = "qlines_mosquitto_refused_over_quota_total"
BUCKET = 'qlines_gunicorn_request_duration_seconds_bucket{{area="page",le="{}"}}'
ERRORS, ALL_WELL = (
    f'qlines_gunicorn_requests_total{{area="page",status="{status}"}}' for status in ("5xx", "2xx")
)

CASES = {
    "QLinesNotScraped": Case({}, {'up{job="qlines"}': "0x60"}),
    "QLinesUnreachable": Case({'up{job="qlines"}': "0x60"}, {'up{job="qlines"}': "1x28 0x30"}),
    "QLinesNotReady": Case(
        {"qlines_ready": "0x60", "qlines_draining": "0x60"},
        {"qlines_ready": "0x60", "qlines_draining": "1x60"},
    ),
    "QLinesCanaryMissing": Case(
        {"qlines_canary_age_seconds": "5x26 30+60x30"}, {"qlines_canary_age_seconds": "5 90 5x60"}
    ),
    "QLinesDrainedForLong": Case(
        {"qlines_draining": "1x300"}, {"qlines_draining": "1x200 0 1x300"}, minute=4 * HOURS + 10
    ),
    "QLinesCheckerHangs": Case(
        {"qlines_healthd_silent_seconds": "0+60x60"}, {"qlines_healthd_silent_seconds": "2x60"}
    ),
    "QLinesProgramFailed": Case({STATUS: "0x28 1x30"}, {STATUS: "0x29 1x30"}),
    "QLinesDegraded": Case({"qlines_ok": "0x60"}, {"qlines_ok": "1x16 0x60"}),
    "QLinesRestartsTooOften": Case(
        {'qlines_program_restarts_total{program="writer"}': "0x20 1 2 3 4x60"},
        {'qlines_program_restarts_total{program="writer"}': "0x20 1 2x60"},
    ),
    "QLinesHealingGaveUp": Case(
        {"qlines_healing_given_up_programs": "1x60"}, {"qlines_healing_given_up_programs": "0x60"}
    ),
    "QLinesContainerRestarts": Case(
        {'qlines_program_start_time_seconds{program="supervisord"}': "0x5 1x5 2x5 3x60"},
        {'qlines_program_start_time_seconds{program="supervisord"}': "0x5 1x5 2x60"},
    ),
    "QLinesMessagesRefused": Case({REFUSED: "0x27 1+1x30"}, {REFUSED: "0 500x60"}),
    "QLinesSpoolUnread": Case(
        {'qlines_spool_unread_bytes{writer="mqtt"}': "20000000x60"},
        {'qlines_spool_unread_bytes{writer="mqtt"}': "20000000x25 0 20000000x60"},
    ),
    "QLinesLag": Case(
        {'qlines_consumer_lag_seconds{consumer="writer"}': "90x60"},
        {'qlines_consumer_lag_seconds{consumer="writer"}': "0x26 90x60"},
    ),
    "QLinesAlarmsLate": Case(
        {'qlines_consumer_lag_seconds{consumer="alarms"}': "90x60"},
        {'qlines_consumer_lag_seconds{consumer="alarms"}': "0x26 90x60"},
    ),
    "QLinesAlarmRuleFails": Case(
        {"qlines_alarms_faults_total": "0x20 1x60"}, {"qlines_alarms_faults_total": "7x60"}
    ),
    "QLinesBacklogGrows": Case(
        {"qlines_kafka_backlog_records": "10000+500x60"},
        {"qlines_kafka_backlog_records": "90000-500x60"},
    ),
    "QLinesUnregisteredFlood": Case(
        {"qlines_mosquitto_unknown_tokens_total": "0+1200x60"},
        {"qlines_mosquitto_unknown_tokens_total": "0+300x60"},
    ),
    "QLinesMessagesRejected": Case(
        {
            "qlines_ingest_rejected_total": "0+200x60",
            "qlines_ingest_accepted_total": "0+1000x60",
        },
        {"qlines_ingest_rejected_total": "0+50x60", "qlines_ingest_accepted_total": "0+1000x60"},
    ),
    "QLinesCorruptData": Case(
        {"qlines_ingest_corrupt_frames_total": "0x20 1x60"},
        {"qlines_ingest_corrupt_frames_total": "7x60"},
    ),
    "QLinesSenderOverLimit": Case(
        {"qlines_mosquitto_limited_by_device_total": "0+60x60"},
        {"qlines_mosquitto_limited_by_device_total": "0+60x15 900x60"},
        minute=45,
    ),
    "QLinesFilesRepaired": Case(
        {"qlines_repairs_last_day": "2x60"}, {"qlines_repairs_last_day": "0x60"}
    ),
    "QLinesDiskFullSoon": Case(
        {"qlines_disk_forecast_seconds": "200000x180"},
        {"qlines_disk_forecast_seconds": "300000x180"},
        minute=2 * HOURS,
    ),
    "QLinesReadingsDropped": Case(
        {"qlines_disk_guard_dropped_partitions_total": "0x20 1x60"},
        {"qlines_disk_guard_dropped_partitions_total": "3x60"},
    ),
    "QLinesDiskRefuses": Case(
        {'qlines_disk_guard_level{level="refusing"}': "0x20 1x60"},
        {
            'qlines_disk_guard_level{level="refusing"}': "0x60",
            'qlines_disk_guard_level{level="dropping"}': "1x60",
        },
    ),
    "QLinesDiskNearlyFull": Case(
        {"qlines_disk_free_bytes": "9x60", "qlines_disk_size_bytes": "100x60"},
        {"qlines_disk_free_bytes": "11x60", "qlines_disk_size_bytes": "100x60"},
    ),
    "QLinesMemoryNearLimit": Case(
        {
            "qlines_container_memory_working_set_bytes": "95x60",
            "qlines_container_memory_limit_bytes": "100x60",
        },
        {
            "qlines_container_memory_working_set_bytes": "85x60",
            "qlines_container_memory_limit_bytes": "100x60",
        },
    ),
    "QLinesOutOfMemory": Case(
        {"qlines_container_oom_kills_total": "0x25 1x60"},
        {"qlines_container_oom_kills_total": "0 1x60"},
    ),
    "QLinesOpenFilesNearLimit": Case(
        {
            'qlines_program_open_fds{program="mosquitto"}': "900x60",
            'qlines_program_max_fds{program="mosquitto"}': "1024x60",
        },
        {
            'qlines_program_open_fds{program="mosquitto"}': "900x60",
            'qlines_program_max_fds{program="mosquitto"}': "20000x60",
        },
    ),
    "QLinesCpuThrottled": Case(
        {"qlines_container_cpu_throttled_seconds_total": "0+20x60"},
        {"qlines_container_cpu_throttled_seconds_total": "0+10x60"},
    ),
    "QLinesTooManyParts": Case(
        {'qlines_clickhouse_max_parts_per_partition{table="points"}': "170x60"},
        {'qlines_clickhouse_max_parts_per_partition{table="points"}': "40x60"},
    ),
    "QLinesBackupOld": Case(
        {"qlines_backup_age_seconds": "600+60x60", "qlines_backup_interval_seconds": "600x60"},
        {"qlines_backup_age_seconds": "9000x60", "qlines_backup_interval_seconds": "21600x60"},
    ),
    "QLinesBackupFailed": Case(
        {"qlines_backup_failed": "0x10 1x120"},
        {"qlines_backup_failed": "1x70 0x120"},
        minute=2 * HOURS,
    ),
    "QLinesRestoreNotProven": Case(
        {
            "qlines_drill_failed": "0x60",
            "qlines_restore_proven_timestamp_seconds": "0x60",
            "qlines_drill_interval_seconds": "600x60",
        },
        {
            "qlines_drill_failed": "1x20 0x60",
            "qlines_restore_proven_timestamp_seconds": "0x60",
            "qlines_drill_interval_seconds": "1200x60",
        },
    ),
    "QLinesWebErrors": Case(
        {ERRORS: "0+10x60", ALL_WELL: "0+90x60"}, {ERRORS: "0+1x60", ALL_WELL: "0+90x60"}
    ),
    "QLinesSlowPages": Case(
        {
            BUCKET.format("1.0"): "0+90x60",
            BUCKET.format("2.5"): "0+100x60",
            BUCKET.format("+Inf"): "0+100x60",
        },
        {
            BUCKET.format("1.0"): "0+99x60",
            BUCKET.format("2.5"): "0+100x60",
            BUCKET.format("+Inf"): "0+100x60",
        },
    ),
    "QLinesJobsFail": Case(
        {"qlines_rqworker_failed_total": "0x20 1x60"}, {"qlines_rqworker_failed_total": "3x60"}
    ),
    "QLinesMessagesWait": Case(
        {"qlines_alarms_oldest_due_seconds": "0x20 0+60x60"},
        {"qlines_alarms_oldest_due_seconds": "0x20 130 0x60"},
    ),
    "QLinesMailServerAway": Case(
        {"qlines_alarms_mail_outage_seconds": "0x20 0+60x60"},
        {"qlines_alarms_mail_outage_seconds": "0x20 60 120 180 0x60"},
    ),
    "QLinesMessengerFails": Case(
        {"qlines_messenger_failed_total": "0x20 1x60"}, {"qlines_messenger_failed_total": "3x60"}
    ),
    "QLinesJobsWait": Case(
        {'qlines_jobs{state="waiting"}': "30x60"}, {'qlines_jobs{state="waiting"}': "30x20 0x60"}
    ),
}
