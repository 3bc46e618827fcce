// Alerts over a stream of temperatures: rows in, and a line for every sensor whose minute was too hot.
#include <cstdlib>
#include <iostream>

#include "laminar/connection.h"

int main() {
  laminar::Connection conn = laminar::Open(":memory:");
  conn.Execute("CREATE SOURCE readings (sensor VARCHAR NOT NULL, celsius DOUBLE, at TIMESTAMP, WATERMARK FOR at)");
  conn.Execute(
      "CREATE STREAM hot AS SELECT sensor, window_start AS minute, avg(celsius) AS mean FROM readings "
      "GROUP BY sensor, TUMBLE(at, INTERVAL '1' MINUTE) HAVING avg(celsius) > 80");
  laminar::Subscription alerts = conn.SubscribeStream("hot");

  conn.Execute(
      "INSERT INTO readings VALUES ('boiler', 79, TIMESTAMP '2026-01-05 09:30:01'), "
      "('boiler', 95, TIMESTAMP '2026-01-05 09:30:31'), ('cellar', 12, TIMESTAMP '2026-01-05 09:30:40')");
  conn.Execute("INSERT INTO readings VALUES ('cellar', 13, TIMESTAMP '2026-01-05 09:31:00')");  // ends the minute

  int64_t count = 0;
  while (const auto change = alerts.TryNext()) {
    for (int64_t row = 0; row < change->num_rows(); ++row) {
      std::cout << change->Text(row, 0) << " at " << change->Double(row, 2) << " degrees\n";
      ++count;
    }
  }
  try {
    conn.Query("SELECT sensr FROM hot");
  } catch (const laminar::Error& error) {
    std::cout << error.what() << '\n';
  }
  return count == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
