// What expressions mean: a table of SQL and the text of its value.
#include <gtest/gtest.h>

#include "function/evaluate_sql.h"

namespace laminar {
namespace {

struct Case {
  const char* sql;
  const char* expected;
};

void Expect(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(EvaluateSql(c.sql), c.expected) << c.sql;
}

TEST(SqlSemantics, IntegerArithmetic) {
  Expect({{"7 / 2", "3"},
          {"-7 / 2", "-3"},
          {"-7 % 2", "-1"},
          {"1 / 0", "error: division by zero"},
          {"1 % 0", "error: division by zero"},
          {"2147483647 + 1", "error: integer overflow in 2147483647 + 1"},
          {"2147483648 + 1", "2147483649"},
          {"9223372036854775807 + 1", "error: integer overflow in 9223372036854775807 + 1"},
          {"CAST('-9223372036854775808' AS BIGINT) / -1", "error: integer overflow in -9223372036854775808 / -1"},
          {"CAST('-9223372036854775808' AS BIGINT) % -1", "0"},
          {"-CAST('-9223372036854775808' AS BIGINT)", "error: integer overflow in -(-9223372036854775808)"},
          {"CAST(200 AS UTINYINT) + CAST(100 AS UTINYINT)", "error: integer overflow in 200 + 100"},
          {"CAST(1 AS UBIGINT) - 2", "error: integer overflow in 1 - 2"},
          {"CAST(18446744073709551615 AS UBIGINT) + 1", "error: integer overflow in 18446744073709551615 + 1"},
          {"CAST(18446744073709551615 AS UBIGINT) + CAST(-1 AS BIGINT)", "18446744073709551614"},
          {"abs(CAST('-9223372036854775808' AS BIGINT))", "error: integer overflow in abs(-9223372036854775808)"},
          {"NULL + 1", "NULL"},
          {"'5' + 1", "6"}});
}

TEST(SqlSemantics, DecimalsAreExact) {
  Expect({{"0.1 + 0.2 = 0.3", "true"},
          {"1.10 + 2.2", "3.30"},
          {"1.5 * 1.5", "2.25"},
          {"10.0 / 4", "2.5"},
          {"7.5 % 2", "1.5"},
          {"-1.50", "-1.50"},
          {"CAST(1.005 AS DECIMAL(10,2))", "1.01"},
          {"CAST(-1.005 AS DECIMAL(10,2))", "-1.01"},
          {"CAST(123.4 AS DECIMAL(3,1))", "error: value 123.4 is out of range for type DECIMAL(3,1)"},
          {"CAST(2.5 AS INTEGER)", "3"},
          {"CAST(CAST(2.5 AS DOUBLE) AS INTEGER)", "2"},
          {"round(2.5)", "3"},
          {"round(-1.455, 2)", "-1.46"},
          {"round(1234, -2)", "1200"},
          {"round(155.5, -1)", "160"},
          {"1.0 % 0", "error: division by zero"},
          {"99999999999999999999999999999999999999 + 1.0",
           "error: decimal overflow in 99999999999999999999999999999999999999 + 1.0"}});
}

TEST(SqlSemantics, Floats) {
  Expect({{"CAST('NaN' AS DOUBLE) = CAST('NaN' AS DOUBLE)", "true"},
          {"CAST('NaN' AS DOUBLE) > CAST('Infinity' AS DOUBLE)", "true"},
          {"CAST('-0' AS DOUBLE) = 0", "true"},
          {"1e0 / 0", "Infinity"},
          {"1e20", "1e+20"},
          {"100000e0", "100000"},
          {"0.1e0 + 0.2e0", "0.30000000000000004"},
          {"CAST(3e9 AS INTEGER)", "error: value 3000000000 is out of range for type INTEGER"},
          {"CAST('NaN' AS DOUBLE)::INT", "error: value NaN is out of range for type INTEGER"},
          {"CAST(1e40 AS REAL)", "error: value 1e+40 is out of range for type REAL"},
          {"CAST(0.1 AS REAL)", "0.1"},
          {"sqrt(-1)", "error: cannot take the square root of a negative number"},
          {"ln(0)", "error: cannot take the logarithm of a number that is not positive"}});
}

TEST(SqlSemantics, ThreeValuedLogic) {
  Expect({{"true AND NULL", "NULL"},
          {"false AND NULL", "false"},
          {"true OR NULL", "true"},
          {"NOT NULL::BOOLEAN", "NULL"},
          {"NULL = NULL", "NULL"},
          {"1 IN (2, NULL)", "NULL"},
          {"1 IN (1, NULL)", "true"},
          {"1 NOT IN (2, 3)", "true"},
          {"NULL IN (1)", "NULL"},
          {"2 BETWEEN 1 AND 3", "true"},
          {"(NULL > 1) IS UNKNOWN", "true"}});
}

TEST(SqlSemantics, WhatIsNotNeededCannotFail) {
  Expect({{"false AND 1 / 0 = 1", "false"},
          {"1 / 0 = 1 AND false", "false"},
          {"true OR 1 / 0 = 1", "true"},
          {"true AND 1 / 0 = 1", "error: division by zero"},
          {"NULL AND 1 / 0 = 1", "error: division by zero"},
          {"CASE WHEN true THEN 1 ELSE 1 / 0 END", "1"},
          {"CASE WHEN false THEN 1 / 0 WHEN true THEN 2 ELSE 1 / 0 END", "2"},
          {"CASE WHEN 1 / 0 = 1 THEN 1 ELSE 2 END", "error: division by zero"},
          {"CASE WHEN true THEN 1 WHEN 1 / 0 = 1 THEN 2 END", "1"},
          {"CASE WHEN true THEN 'long enough text' WHEN 1 / 0 = 1 THEN 'x' END", "long enough text"},
          {"CASE WHEN 1 / 0 = 1 THEN 'a' ELSE 'b' END", "error: division by zero"},
          {"coalesce(1, 1 / 0)", "1"},
          {"coalesce(1 / 0, 1)", "error: division by zero"},
          {"if(true, 1, 1 / 0)", "1"},
          {"TRY_CAST('x' AS INTEGER)", "NULL"},
          {"1 / 0 IS NULL", "error: division by zero"}});
}

TEST(SqlSemantics, Text) {
  Expect({{"substring('Newark' FROM 0 FOR 3)", "Ne"},
          {"substring('Zürich', 2, 1)", "ü"},
          {"substring('abc', 2, -1)", "error: negative substring length not allowed"},
          {"left('abc', -1)", "ab"},
          {"right('abc', -1)", "bc"},
          {"left('äöü', 2)", "äö"},
          {"lpad('äb', 4, 'xy')", "xyäb"},
          {"rpad('abcdef', 3)", "abc"},
          {"upper('straße Ω')", "STRAßE Ω"},
          {"lower('ÀÉΩЯ')", "àéωя"},
          {"reverse('äb')", "bä"},
          {"split_part('a,b,c', ',', -1)", "c"},
          {"split_part('a,b,c', ',', 4)", ""},
          {"split_part('a,b', ',', 0)", "error: field position must not be zero"},
          {"replace('aaa', 'aa', 'b')", "ba"},
          {"concat('a', NULL, 'b')", "ab"},
          {"'a' || NULL", "NULL"},
          {"strpos('äbc', 'c')", "3"},
          {"trim(BOTH 'xy' FROM 'xyaxy')", "a"},
          {"repeat('ab', 1000000000)", "error: the result of repeat would be longer than 1 GiB"},
          {"chr(0)", "error: there is no character with code 0"},
          {"length('')", "0"}});
}

TEST(SqlSemantics, Patterns) {
  Expect({{"'abc' LIKE 'a%c'", "true"},
          {"'abc' LIKE '_b_'", "true"},
          {"'äbc' LIKE '_bc'", "true"},
          {"'abc' LIKE '%b'", "false"},
          {"'a%c' LIKE 'a\\%c'", "true"},
          {"'abc' LIKE 'a\\%c'", "false"},
          {"'a%c' LIKE 'a!%c' ESCAPE '!'", "true"},
          {"'abc' LIKE 'a\\'", "error: LIKE pattern must not end with escape character"},
          {"'' LIKE '%'", "true"},
          {"'mississippi' LIKE '%iss%ip%'", "true"},
          {"'mississippi' LIKE '%iss%iss%iss%'", "false"},
          {"'aab' LIKE '%_b'", "true"},
          {"'ÄB' ILIKE 'äb'", "true"},
          {"'abc' NOT LIKE 'b%'", "true"},
          {"'abc' SIMILAR TO 'a(b|x)c'", "true"},
          {"'a.c' SIMILAR TO 'a.c'", "true"},
          {"'abc' SIMILAR TO 'a.c'", "false"},
          {"'abc' ~ '^a.c$'", "true"},
          {"'ABC' ~* 'b'", "true"},
          {"'ABC' !~ 'b'", "true"},
          {"regexp_matches('a', '(')",
           "error: invalid regular expression '(': missing closing parenthesis (at character 2)"},
          {"regexp_replace('abcabc', 'b(c)', '<\\1>')", "a<c>abc"},
          {"regexp_replace('abc', '', '-', 'g')", "-a-b-c-"},
          {"regexp_extract('a1', 'b')", ""},
          {"regexp_matches('a', 'A', 'q')",
           "error: there is no regular expression flag 'q'; there are g (all matches), i (ignore case), c (respect "
           "it), m (^ and $ "
           "at lines), s (. matches a new line)"}});
}

TEST(SqlSemantics, DatesAndTimes) {
  Expect(
      {{"DATE '2013-02-08' + 1", "2013-02-09"},
       {"DATE '2013-03-01' - DATE '2013-02-01'", "28"},
       {"DATE '2013-01-31' + INTERVAL '1 month'", "2013-02-28 00:00:00"},
       {"TIMESTAMP '2013-02-08 06:00:00' - INTERVAL '90 minutes'", "2013-02-08 04:30:00"},
       {"TIMESTAMP '2013-02-08 06:00:00' - TIMESTAMP '2013-02-06 07:30:00'", "1 day 22:30:00"},
       {"TIMESTAMP '2013-02-08 06:00:00' = DATE '2013-02-08'", "false"},
       {"TIMESTAMP '2013-02-08' = '2013-02-08'", "true"},
       {"INTERVAL '1 day' = INTERVAL '24 hours'", "true"},
       {"INTERVAL '1 month' > INTERVAL '29 days'", "true"},
       {"INTERVAL '1 minute' * 90", "01:30:00"},
       {"INTERVAL '1 hour' / 4", "00:15:00"},
       {"-INTERVAL '1 month 2 days'", "-1 mons -2 days"},
       {"TIME '23:30:00' + INTERVAL '1 hour'", "00:30:00"},
       {"DATE '2013-02-08' + TIME '06:00:00'", "2013-02-08 06:00:00"},
       {"EXTRACT(epoch FROM TIMESTAMP '1969-12-31 23:59:59.5')", "-1"},
       {"EXTRACT(week FROM DATE '2012-12-31')", "1"},
       {"EXTRACT(isoyear FROM DATE '2012-12-31')", "2013"},
       {"EXTRACT(dow FROM DATE '2013-02-10')", "0"},
       {"EXTRACT(hour FROM INTERVAL '30 hours')", "30"},
       {"date_trunc('week', TIMESTAMP '2013-02-10 12:00:00')", "2013-02-04 00:00:00"},
       {"date_trunc('month', DATE '2013-02-10')", "2013-02-01 00:00:00"},
       {"date_trunc('hour', TIMESTAMP '1969-12-31 23:59:59')", "1969-12-31 23:00:00"},
       {"date_trunc('hours', 1)",
        "error: no function date_trunc(VARCHAR, INTEGER); there are: date_trunc(unit VARCHAR, ts "
        "TIMESTAMP or DATE) → TIMESTAMP"},
       {"date_trunc('monht', TIMESTAMP '2013-01-01')", "error: there is no date unit 'monht'; did you mean \"month\"?"},
       {"time_bucket(INTERVAL '1 week', DATE '2013-02-10')", "2013-02-04 00:00:00"},
       {"time_bucket(INTERVAL '3 months', TIMESTAMP '2013-05-10')", "2013-04-01 00:00:00"},
       {"time_bucket(INTERVAL '1 hour', TIMESTAMP '2013-02-08 06:40:00', TIMESTAMP '2013-02-08 00:15:00')",
        "2013-02-08 06:15:00"},
       {"time_bucket(INTERVAL '0 hours', TIMESTAMP '2013-02-08')",
        "error: a bucket's width must be positive, and either months or days and less"},
       {"make_date(2013, 2, 30)", "error: there is no date 2013-2-30"},
       {"to_timestamp(0)", "1970-01-01 00:00:00+00"},
       {"TIMESTAMP '2013-02-08 06:00:00' AT TIME ZONE 'UTC'", "2013-02-08 06:00:00+00"},
       {"CAST(TIMESTAMP '2013-02-08 06:40:00' AS DATE)", "2013-02-08"},
       {"CAST(TIMESTAMP '1969-12-31 06:40:00' AS DATE)", "1969-12-31"},
       {"CAST('2013-02-30' AS DATE)", "error: value \"2013-02-30\" is out of range for type DATE"},
       {"TIMESTAMP '2013-02-08 25:00:00'",
        "error: value \"2013-02-08 25:00:00\" is out of range for type TIMESTAMP(6)"},
       {"now()", "2013-02-08 06:40:00+00"},
       {"current_date", "2013-02-08"}});
}

TEST(SqlSemantics, Casts) {
  Expect({{"CAST(' 42 ' AS INTEGER)", "42"},
          {"CAST('4 2' AS INTEGER)", "error: invalid input syntax for type INTEGER: \"4 2\""},
          {"CAST('1.5' AS INTEGER)", "error: invalid input syntax for type INTEGER: \"1.5\""},
          {"CAST(300 AS TINYINT)", "error: value 300 is out of range for type TINYINT"},
          {"CAST(-1 AS UINTEGER)", "error: value -1 is out of range for type UINTEGER"},
          {"CAST(1 AS BOOLEAN)", "true"},
          {"CAST(true AS INTEGER)", "1"},
          {"CAST('yes' AS BOOLEAN)", "true"},
          {"CAST(1.5 AS VARCHAR) || 'x'", "1.5x"},
          {"CAST(DATE '2013-02-08' AS INTEGER)", "error: cannot cast DATE to INTEGER"},
          {"CAST('{\"a\": [1, 2' AS JSON)", "error: invalid input syntax for type JSON: \"{\"a\": [1, 2\""},
          {"CAST('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' AS UUID)", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
          {"CAST('\\xDEADbeef' AS BYTEA)", "\\xdeadbeef"},
          {"CAST(TIMESTAMP '2013-02-08 06:00:00.5' AS TIMESTAMP(0))", "2013-02-08 06:00:00"}});
}

TEST(SqlSemantics, UnknownNamesHaveSuggestions) {
  Expect({{"date_trunk('day', now())",
           "error: there is no built-in function date_trunk; user-defined functions in a test are not supported yet; "
           "did you mean \"date_trunc\"?"},
          {"upper(1)", "error: no function upper(INTEGER); there are: upper(text VARCHAR) → VARCHAR"},
          {"1 = true", "error: INTEGER and BOOLEAN cannot be compared: cast one side, as in CAST(1 AS BOOLEAN)"}});
}

}  // namespace
}  // namespace laminar
