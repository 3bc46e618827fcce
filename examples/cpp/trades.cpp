// The C++ API in one page: a source, a stream over it, rows in, changes out.
#include <cstdlib>
#include <iostream>

#include "laminar/connection.h"

int main() {
  laminar::Connection conn = laminar::Open(":memory:");
  conn.Execute("CREATE SOURCE trades (symbol VARCHAR NOT NULL, price DOUBLE, quantity BIGINT)");
  conn.Execute(
      "CREATE STREAM volume AS SELECT symbol, sum(quantity) AS shares, max(price) AS high FROM trades GROUP BY symbol");
  laminar::Subscription changes = conn.SubscribeStream("volume");

  laminar::BatchBuilder rows = conn.NewBatch("trades");
  const auto add = [&rows](const char* symbol, double price, int64_t quantity) {
    rows.SetText(0, symbol);
    rows.SetDouble(1, price);
    rows.SetInt(2, quantity);
    rows.FinishRow();
  };
  add("ABC", 10.5, 100);
  add("XYZ", 99.0, 5);
  add("ABC", 10.75, 50);
  conn.Insert(rows);

  std::cout << conn.Query("SELECT * FROM volume ORDER BY symbol").ToString() << '\n';

  add("ABC", 11.0, 25);
  conn.Insert(rows);
  int64_t net = 0;
  while (const auto change = changes.TryNext()) {
    std::cout << "epoch " << change->epoch() << '\n' << change->ToString() << '\n';
    for (int64_t row = 0; row < change->num_rows(); ++row) net += change->Int(row, 1) * change->Int(row, 3);
  }
  // The changes sum to the contents: 175 shares of ABC, 5 of XYZ.
  if (net != 180) {
    std::cerr << "expected 180 shares in all, got " << net << '\n';
    return EXIT_FAILURE;
  }
  try {
    conn.Query("SELECT symbl FROM volume");
  } catch (const laminar::Error& error) {
    std::cout << error.what() << '\n';
  }
  return EXIT_SUCCESS;
}
