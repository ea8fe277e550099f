-- Seats are paid one by one.
SELECT day, route, SUM(seats * price) AS income, COUNT(*) AS bookings
FROM ${catalog}.silver.bookings
GROUP BY day, route
