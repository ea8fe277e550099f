SELECT *
FROM ${catalog}.${gold}.{{ table }}
ORDER BY row_count DESC
LIMIT {{ top }}
