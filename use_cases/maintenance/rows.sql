-- One decision a machine and day, at the moment the day begins.
-- It fails if one of its components does within 24 hours. That is known from the first reading of all
-- on, and once the readings have come that far.
WITH known AS (
    SELECT min(measured_at) AS since, max(measured_at) AS until FROM telemetry
)
SELECT
    machines.machine,
    machines.kitchen,
    machines.arepa_type,
    machines.age,
    days.starts AS decided_at,
    CASE
        WHEN days.starts < known.since THEN NULL
        WHEN EXISTS (
            SELECT 1
            FROM failures
            WHERE failures.machine = machines.machine
                AND failures.failed_at >= days.starts
                AND failures.failed_at < days.starts + INTERVAL 24 HOURS
        ) THEN 1
        WHEN known.until >= days.starts + INTERVAL 23 HOURS THEN 0
    END AS fails
FROM machines, days, known
