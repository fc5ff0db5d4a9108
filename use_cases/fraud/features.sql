-- The features of the Fraud Detection Handbook, chapter 3, from the raw columns.
-- Windows are (t - n days, t]; those of terminals end 7 days earlier, when labels are known.
-- Sums are of whole ten-thousandths, so that no order of rows changes a bit.
WITH counted AS (
    SELECT
        source.*,
        count(*) OVER customer_1 AS customer_count_1,
        count(*) OVER customer_7 AS customer_count_7,
        count(*) OVER customer_30 AS customer_count_30,
        sum(CAST(round(TX_AMOUNT * 10000) AS BIGINT)) OVER customer_1 AS customer_sum_1,
        sum(CAST(round(TX_AMOUNT * 10000) AS BIGINT)) OVER customer_7 AS customer_sum_7,
        sum(CAST(round(TX_AMOUNT * 10000) AS BIGINT)) OVER customer_30 AS customer_sum_30,
        count(*) OVER terminal_1 AS terminal_count_1,
        count(*) OVER terminal_7 AS terminal_count_7,
        count(*) OVER terminal_30 AS terminal_count_30,
        coalesce(sum(TX_FRAUD) OVER terminal_1, 0) AS terminal_frauds_1,
        coalesce(sum(TX_FRAUD) OVER terminal_7, 0) AS terminal_frauds_7,
        coalesce(sum(TX_FRAUD) OVER terminal_30, 0) AS terminal_frauds_30
    FROM source
    WINDOW
        customer_1 AS (PARTITION BY CUSTOMER_ID ORDER BY TX_DATETIME
            RANGE BETWEEN INTERVAL '1 day -1 microsecond' PRECEDING AND CURRENT ROW),
        customer_7 AS (PARTITION BY CUSTOMER_ID ORDER BY TX_DATETIME
            RANGE BETWEEN INTERVAL '7 days -1 microsecond' PRECEDING AND CURRENT ROW),
        customer_30 AS (PARTITION BY CUSTOMER_ID ORDER BY TX_DATETIME
            RANGE BETWEEN INTERVAL '30 days -1 microsecond' PRECEDING AND CURRENT ROW),
        terminal_1 AS (PARTITION BY TERMINAL_ID ORDER BY TX_DATETIME
            RANGE BETWEEN INTERVAL '8 days -1 microsecond' PRECEDING AND INTERVAL 7 DAYS PRECEDING),
        terminal_7 AS (PARTITION BY TERMINAL_ID ORDER BY TX_DATETIME
            RANGE BETWEEN INTERVAL '14 days -1 microsecond' PRECEDING AND INTERVAL 7 DAYS PRECEDING),
        terminal_30 AS (PARTITION BY TERMINAL_ID ORDER BY TX_DATETIME
            RANGE BETWEEN INTERVAL '37 days -1 microsecond' PRECEDING AND INTERVAL 7 DAYS PRECEDING)
)
SELECT
    counted.*,
    CAST(isodow(TX_DATETIME) >= 6 AS INTEGER) AS TX_DURING_WEEKEND,
    CAST(hour(TX_DATETIME) <= 6 AS INTEGER) AS TX_DURING_NIGHT,
    customer_count_1 AS CUSTOMER_ID_NB_TX_1DAY_WINDOW,
    customer_sum_1 / 10000.0 / customer_count_1 AS CUSTOMER_ID_AVG_AMOUNT_1DAY_WINDOW,
    customer_count_7 AS CUSTOMER_ID_NB_TX_7DAY_WINDOW,
    customer_sum_7 / 10000.0 / customer_count_7 AS CUSTOMER_ID_AVG_AMOUNT_7DAY_WINDOW,
    customer_count_30 AS CUSTOMER_ID_NB_TX_30DAY_WINDOW,
    customer_sum_30 / 10000.0 / customer_count_30 AS CUSTOMER_ID_AVG_AMOUNT_30DAY_WINDOW,
    terminal_count_1 AS TERMINAL_ID_NB_TX_1DAY_WINDOW,
    terminal_frauds_1 / greatest(terminal_count_1, 1) AS TERMINAL_ID_RISK_1DAY_WINDOW,
    terminal_count_7 AS TERMINAL_ID_NB_TX_7DAY_WINDOW,
    terminal_frauds_7 / greatest(terminal_count_7, 1) AS TERMINAL_ID_RISK_7DAY_WINDOW,
    terminal_count_30 AS TERMINAL_ID_NB_TX_30DAY_WINDOW,
    terminal_frauds_30 / greatest(terminal_count_30, 1) AS TERMINAL_ID_RISK_30DAY_WINDOW
FROM counted
