-- What the last 7 days and the last day before a decision were like: [t - 7 days, t), [t - 1 day, t).
-- Readings are summed in blocks of 24 hours that end where decisions stand, 7 blocks a decision, so
-- that none is read once a decision. The beginnings of local days lie at one time of day in UTC, or at
-- two where the clocks change: a phase each.
-- Readings count in whole ten-thousandths, so that no order of sums changes a bit.
-- Codes and components are told apart by the number in their names: E2, error2, C2-press, comp2.
WITH phases AS (
    SELECT DISTINCT epoch_us(decided_at) % 86400000000 AS phase FROM source
),
readings AS (
    SELECT
        machine,
        metric,
        epoch_us(measured_at) AS instant,
        CAST(round(value * 10000) AS BIGINT) AS value
    FROM (
        UNPIVOT (
            SELECT machine, measured_at, plate_temperature, press_force, cook_seconds, motor_current
            FROM telemetry
        ) ON plate_temperature, press_force, cook_seconds, motor_current
        INTO NAME metric VALUE value
    )
),
placed AS (
    SELECT
        machine,
        metric,
        phase,
        (instant - phase) // 86400000000 AS block,
        (instant - phase) % 86400000000 // 60000000 AS minute,
        value
    FROM readings, phases
),
blocks AS (
    SELECT
        machine,
        metric,
        phase,
        block,
        count(*) AS readings,
        sum(value) AS total,
        sum(value * value) AS squares,
        sum(minute) AS minutes,
        sum(minute * minute) AS minutes_squared,
        sum(minute * value) AS products,
        min(value) AS least,
        max(value) AS greatest
    FROM placed
    GROUP BY machine, metric, phase, block
),
wanted AS (
    SELECT DISTINCT
        machine,
        decided_at,
        epoch_us(decided_at) % 86400000000 AS phase,
        epoch_us(decided_at) // 86400000000 - 7 + place AS block,
        place,
        1440 * place AS before
    FROM source, (SELECT unnest(range(7)) AS place)
),
windows AS (
    SELECT
        machine,
        decided_at,
        metric,
        sum(readings) AS week_n,
        sum(total) AS week_total,
        sum(squares) AS week_squares,
        sum(minutes + before * readings) AS week_minutes,
        sum(minutes_squared + 2 * before * minutes + before * before * readings) AS week_spread,
        sum(products + before * total) AS week_products,
        min(least) AS week_least,
        max(greatest) AS week_greatest,
        max(readings) FILTER (WHERE place = 6) AS day_n,
        max(total) FILTER (WHERE place = 6) AS day_total,
        max(squares) FILTER (WHERE place = 6) AS day_squares,
        max(least) FILTER (WHERE place = 6) AS day_least,
        max(greatest) FILTER (WHERE place = 6) AS day_greatest
    FROM wanted JOIN blocks USING (machine, phase, block)
    GROUP BY machine, decided_at, metric
),
measured AS (
    SELECT
        machine,
        decided_at,
        metric,
        week_total / (10000 * week_n) AS mean_7d,
        CASE WHEN week_n > 1 THEN sqrt((week_n * week_squares - week_total * week_total)
            / (100000000 * week_n * (week_n - 1))) END AS deviation_7d,
        week_least / 10000 AS min_7d,
        week_greatest / 10000 AS max_7d,
        CASE WHEN week_n > 1 THEN (week_n * week_products - week_minutes * week_total) * 1440
            / (10000 * (week_n * week_spread - week_minutes * week_minutes)) END AS slope_7d,
        day_total / (10000 * day_n) AS mean_1d,
        CASE WHEN day_n > 1 THEN sqrt((day_n * day_squares - day_total * day_total)
            / (100000000 * day_n * (day_n - 1))) END AS deviation_1d,
        day_least / 10000 AS min_1d,
        day_greatest / 10000 AS max_1d,
        (day_total * week_n - week_total * day_n) / (10000 * day_n * week_n) AS shift
    FROM windows
),
compared AS (
    SELECT
        measured.*,
        CASE WHEN deviation_7d > 0 THEN shift / deviation_7d END AS shift_1d
    FROM measured
),
metrics AS (
    SELECT
        machine,
        decided_at,
        max(mean_7d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_mean_7d,
        max(deviation_7d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_deviation_7d,
        max(min_7d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_min_7d,
        max(max_7d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_max_7d,
        max(slope_7d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_slope_7d,
        max(mean_1d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_mean_1d,
        max(deviation_1d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_deviation_1d,
        max(min_1d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_min_1d,
        max(max_1d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_max_1d,
        max(shift_1d) FILTER (WHERE metric = 'plate_temperature') AS plate_temperature_shift_1d,
        max(mean_7d) FILTER (WHERE metric = 'press_force') AS press_force_mean_7d,
        max(deviation_7d) FILTER (WHERE metric = 'press_force') AS press_force_deviation_7d,
        max(min_7d) FILTER (WHERE metric = 'press_force') AS press_force_min_7d,
        max(max_7d) FILTER (WHERE metric = 'press_force') AS press_force_max_7d,
        max(slope_7d) FILTER (WHERE metric = 'press_force') AS press_force_slope_7d,
        max(mean_1d) FILTER (WHERE metric = 'press_force') AS press_force_mean_1d,
        max(deviation_1d) FILTER (WHERE metric = 'press_force') AS press_force_deviation_1d,
        max(min_1d) FILTER (WHERE metric = 'press_force') AS press_force_min_1d,
        max(max_1d) FILTER (WHERE metric = 'press_force') AS press_force_max_1d,
        max(shift_1d) FILTER (WHERE metric = 'press_force') AS press_force_shift_1d,
        max(mean_7d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_mean_7d,
        max(deviation_7d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_deviation_7d,
        max(min_7d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_min_7d,
        max(max_7d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_max_7d,
        max(slope_7d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_slope_7d,
        max(mean_1d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_mean_1d,
        max(deviation_1d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_deviation_1d,
        max(min_1d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_min_1d,
        max(max_1d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_max_1d,
        max(shift_1d) FILTER (WHERE metric = 'cook_seconds') AS cook_seconds_shift_1d,
        max(mean_7d) FILTER (WHERE metric = 'motor_current') AS motor_current_mean_7d,
        max(deviation_7d) FILTER (WHERE metric = 'motor_current') AS motor_current_deviation_7d,
        max(min_7d) FILTER (WHERE metric = 'motor_current') AS motor_current_min_7d,
        max(max_7d) FILTER (WHERE metric = 'motor_current') AS motor_current_max_7d,
        max(slope_7d) FILTER (WHERE metric = 'motor_current') AS motor_current_slope_7d,
        max(mean_1d) FILTER (WHERE metric = 'motor_current') AS motor_current_mean_1d,
        max(deviation_1d) FILTER (WHERE metric = 'motor_current') AS motor_current_deviation_1d,
        max(min_1d) FILTER (WHERE metric = 'motor_current') AS motor_current_min_1d,
        max(max_1d) FILTER (WHERE metric = 'motor_current') AS motor_current_max_1d,
        max(shift_1d) FILTER (WHERE metric = 'motor_current') AS motor_current_shift_1d,
        max(abs(shift_1d)) AS greatest_shift_1d
    FROM compared
    GROUP BY machine, decided_at
),
moments AS (
    SELECT DISTINCT machine, decided_at FROM source
),
warnings AS (
    SELECT
        machine,
        decided_at,
        count(*) FILTER (WHERE happened_at >= decided_at - INTERVAL 24 HOURS) AS errors_1d,
        count(DISTINCT number) FILTER (WHERE happened_at >= decided_at - INTERVAL 24 HOURS) AS error_codes_1d,
        count(*) AS errors_7d,
        count(*) FILTER (WHERE number = 1) AS errors_1_7d,
        count(*) FILTER (WHERE number = 1 AND happened_at >= decided_at - INTERVAL 24 HOURS) AS errors_1_1d,
        count(*) FILTER (WHERE number = 2) AS errors_2_7d,
        count(*) FILTER (WHERE number = 2 AND happened_at >= decided_at - INTERVAL 24 HOURS) AS errors_2_1d,
        count(*) FILTER (WHERE number = 3) AS errors_3_7d,
        count(*) FILTER (WHERE number = 3 AND happened_at >= decided_at - INTERVAL 24 HOURS) AS errors_3_1d,
        count(*) FILTER (WHERE number = 4) AS errors_4_7d,
        count(*) FILTER (WHERE number = 4 AND happened_at >= decided_at - INTERVAL 24 HOURS) AS errors_4_1d,
        count(*) FILTER (WHERE number = 5) AS errors_5_7d,
        count(*) FILTER (WHERE number = 5 AND happened_at >= decided_at - INTERVAL 24 HOURS) AS errors_5_1d
    FROM moments JOIN (
        SELECT machine, happened_at, CAST(regexp_extract(code, '[0-9]+') AS INTEGER) AS number
        FROM errors
    ) USING (machine)
    WHERE happened_at >= decided_at - INTERVAL 168 HOURS AND happened_at < decided_at
    GROUP BY machine, decided_at
),
renewals AS (
    SELECT
        machine,
        decided_at,
        (epoch_us(decided_at) - max(epoch_us(done_at)) FILTER (WHERE number = 1))
            / 86400000000 AS days_since_maintenance_1,
        (epoch_us(decided_at) - max(epoch_us(done_at)) FILTER (WHERE number = 2))
            / 86400000000 AS days_since_maintenance_2,
        (epoch_us(decided_at) - max(epoch_us(done_at)) FILTER (WHERE number = 3))
            / 86400000000 AS days_since_maintenance_3,
        (epoch_us(decided_at) - max(epoch_us(done_at)) FILTER (WHERE number = 4))
            / 86400000000 AS days_since_maintenance_4
    FROM moments JOIN (
        SELECT machine, done_at, CAST(regexp_extract(component, '[0-9]+') AS INTEGER) AS number
        FROM maintenance
    ) USING (machine)
    WHERE done_at >= decided_at - INTERVAL 720 HOURS AND done_at < decided_at
    GROUP BY machine, decided_at
),
breakdowns AS (
    SELECT
        machine,
        decided_at,
        (epoch_us(decided_at) - max(epoch_us(failed_at))) / 86400000000 AS days_since_failure
    FROM moments JOIN failures USING (machine)
    WHERE failed_at >= decided_at - INTERVAL 720 HOURS AND failed_at < decided_at
    GROUP BY machine, decided_at
)
SELECT
    source.*,
    metrics.* EXCLUDE (machine, decided_at),
    coalesce(errors_1d, 0) AS errors_1d,
    coalesce(error_codes_1d, 0) AS error_codes_1d,
    coalesce(errors_7d, 0) AS errors_7d,
    coalesce(errors_1_1d, 0) AS errors_1_1d,
    coalesce(errors_1_7d, 0) AS errors_1_7d,
    coalesce(errors_2_1d, 0) AS errors_2_1d,
    coalesce(errors_2_7d, 0) AS errors_2_7d,
    coalesce(errors_3_1d, 0) AS errors_3_1d,
    coalesce(errors_3_7d, 0) AS errors_3_7d,
    coalesce(errors_4_1d, 0) AS errors_4_1d,
    coalesce(errors_4_7d, 0) AS errors_4_7d,
    coalesce(errors_5_1d, 0) AS errors_5_1d,
    coalesce(errors_5_7d, 0) AS errors_5_7d,
    coalesce(days_since_maintenance_1, 30) AS days_since_maintenance_1,
    coalesce(days_since_maintenance_2, 30) AS days_since_maintenance_2,
    coalesce(days_since_maintenance_3, 30) AS days_since_maintenance_3,
    coalesce(days_since_maintenance_4, 30) AS days_since_maintenance_4,
    coalesce(days_since_failure, 30) AS days_since_failure
FROM source
LEFT JOIN metrics USING (machine, decided_at)
LEFT JOIN warnings USING (machine, decided_at)
LEFT JOIN renewals USING (machine, decided_at)
LEFT JOIN breakdowns USING (machine, decided_at)
