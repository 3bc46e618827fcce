// Syntax errors: what they say, where they point, and that no input gets past them into a crash.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/sql_error.h"
#include "common/utf8_validity.h"
#include "laminar/error.h"
#include "sample_statements.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace laminar::sql {
namespace {

std::optional<Error> ErrorOf(std::string_view sql) {
  try {
    ParseStatements(sql);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// The whole message, with the line and the caret.
std::string MessageOf(std::string_view sql) {
  const std::optional<Error> error = ErrorOf(sql);
  return error ? error->what() : "no error";
}

/// The first line of the message.
std::string ReasonOf(std::string_view sql) {
  const std::string message = MessageOf(sql);
  return message.substr(0, message.find('\n'));
}

TEST(ParseError, ShowsLineAndCaret) {
  EXPECT_EQ(MessageOf("SELCT 1"),
            "expected a statement but found 'SELCT'; did you mean \"SELECT\"?\n"
            "LINE 1: SELCT 1\n"
            "        ^");
  EXPECT_EQ(MessageOf("SELECT (a\n  FROM t"),
            "expected ')' but found 'FROM'\n"
            "LINE 2:   FROM t\n"
            "          ^");
  EXPECT_EQ(MessageOf("SELECT 'é', é FROM"),
            "expected a table but found the end of the text\n"
            "LINE 1: SELECT 'é', é FROM\n"
            "                          ^");
}

TEST(ParseError, HasCodePositionAndCandidates) {
  const std::optional<Error> error = ErrorOf("SELECT a FROM t;\nSELECT b FORM u");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kSqlParseError);
  EXPECT_EQ(error->position(), 26u);
  EXPECT_EQ(error->candidates(), std::vector<std::string>{"FROM"});
}

TEST(ParseError, SaysWhatWasExpectedAndFound) {
  const struct {
    std::string_view sql;
    std::string_view reason;
  } cases[] = {
      {"SELECT a, FROM t", "expected an expression but found 'FROM'"},
      {"SELECT", "expected an expression but found the end of the text"},
      {"SELECT a FROM t)", "expected the end of the statement but found ')'"},
      {"SELECT a b c", "expected the end of the statement but found 'c'"},
      {"SELECT a FORM t", "unexpected 'FORM'; did you mean \"FROM\"?"},
      {"SELECT * FORM t", "expected the end of the statement but found 'FORM'; did you mean \"FROM\"?"},
      {"SELECT a FROM t WEHRE (a = 1)", "unexpected 'WEHRE'; did you mean \"WHERE\"?"},
      {"SELECT a FROM t GRUOP BY a", "unexpected 'GRUOP'; did you mean \"GROUP\"?"},
      {"SELECT * FROM a JION b ON TRUE", "unexpected 'JION'; did you mean \"JOIN\"?"},
      {"SELECT a FROM t GROUP a", "expected BY but found 'a'"},
      {"SELECT 'abc", "this string does not end: expected a closing '"},
      {"SELECT \"abc", "this quoted name does not end: expected a closing \""},
      {"SELECT /* abc", "this comment does not end: expected '*/'"},
      {"SELECT a @ b", "unexpected character '@'"},
      {"SELECT 1a", "expected an operator or a blank after the number but found 'a'"},
      {"SELECT a < b < c", "comparisons cannot be chained; write a < b AND b < c, or use parentheses"},
      {"SELECT a LIKE b LIKE c", "BETWEEN, IN and LIKE cannot be chained; use parentheses"},
      {"SELECT a FROM t JOIN u", "expected ON or USING with the condition of the join but found the end of the text"},
      {"SELECT a FROM t LIMIT 5, 10", "LIMIT a, b is written LIMIT b OFFSET a"},
      {"SELECT CASE WHEN a THEN 1", "expected WHEN, ELSE or END but found the end of the text"},
      {"SELECT CAST(a INT)", "expected AS but found 'INT'"},
      {"SELECT * + 1", "expected the end of the statement but found '+'"},
      {"SELECT ? + $1", "? and $1 cannot be mixed in one statement"},
      {"SELECT INTERVAL '5 minuts'", "'minuts' is not a unit of time; did you mean \"minute\"?"},
      {"SELECT INTERVAL 5", "expected a unit of time, like MINUTE but found the end of the text"},
      {"SELECT X'123'", "a binary string is made of pairs of hexadecimal digits, like X'00FF'"},
      {"SELECT E'\\u12'", "a Unicode escape is \\uXXXX or \\UXXXXXXXX, and names a character"},
      {"SELECT * FROM (SELECT 1 EMIT CHANGES)",
       "EMIT, ALLOW LATENESS and LATE DATA TO belong to a stream, a subscription or a sink, not to a subquery"},
      {"CREATE STREAM s AS SELECT 1 EMIT ON WINDOW CLOS", "expected CLOSE but found 'CLOS'; did you mean \"CLOSE\"?"},
      {"CREATE STREAM s AS SELECT 1 EMTI CHANGES", "unexpected 'EMTI'; did you mean \"EMIT\"?"},
      {"CREATE SOURCE s (a INTT)", "'INTT' is not a type; did you mean \"INT\"?"},
      {"CREATE SOURCE s (a TIMESTAMP(4))", "the precision of a TIMESTAMP is 0, 3, 6 or 9"},
      {"CREATE SOURCE s (select INT)",
       "expected a column's name but found the reserved word 'select'; write it in double quotes to use it as a name"},
      {"CREATE TABLE t (a INT PRIMARY KEY, PRIMARY KEY (a))", "a second PRIMARY KEY; one is allowed"},
      {"INSERT INTO t VALUES (1, 2), (3)",
       "every row of VALUES has as many values as the first, which has 2; this one has 1"},
      {"SELECT * FROM TUMBLE(t, ts)", "expected ',' and the size of TUMBLE but found ')'"},
      {"SELECT * FROM HOP(t, ts, 1, 2, 3, 4)", "HOP takes no more than 5 arguments"},
      {"SELECT 'a' FROM t ORDER 'b'", "expected BY but found the string 'b'"},
  };
  for (const auto& [sql, reason] : cases) EXPECT_EQ(ReasonOf(sql), reason) << sql;
}

TEST(ParseError, NamesWhatIsNotSupportedYet) {
  const struct {
    std::string_view sql;
    std::string_view reason;
  } cases[] = {
      {"GRANT ALL ON t TO u", "GRANT is not supported yet"},
      {"CREATE INDEX i ON t (a)", "CREATE INDEX is not supported yet"},
      {"CREATE TABLE t (a INT UNIQUE)", "UNIQUE on a column is not supported yet"},
      {"SELECT a COLLATE \"C\"", "COLLATE is not supported yet"},
      {"SELECT a INTO b FROM t", "SELECT … INTO is not supported yet"},
      {"SELECT a FROM t TABLESAMPLE (1)", "TABLESAMPLE is not supported yet"},
      {"ALTER TABLE t DROP COLUMN a", "ALTER … DROP is not supported yet"},
      {"DELETE FROM t RETURNING a", "RETURNING is not supported yet"},
      {"CREATE TABLE t (a TIME WITH TIME ZONE)", "TIME WITH TIME ZONE is not supported yet"},
      {"SELECT B'101'", "bit strings are not supported yet"},
  };
  for (const auto& [sql, reason] : cases) EXPECT_EQ(ReasonOf(sql), reason) << sql;
}

TEST(ParseError, ShortensLongLinesAroundTheCaret) {
  const std::string sql = "SELECT " + std::string(200, 'x') + " y z " + std::string(200, 'x');
  const std::string message = MessageOf(sql);
  const std::size_t line = message.find("LINE 1: ...");
  ASSERT_NE(line, std::string::npos) << message;
  const std::string shown = message.substr(line, message.find('\n', line) - line);
  EXPECT_LE(shown.size(), 8u + 100u + 6u);
  const std::size_t caret = message.find('^') - (message.rfind('\n') + 1);
  EXPECT_EQ(shown[caret], 'z');
}

TEST(ParseError, NearestNames) {
  const std::vector<std::string> known = {"price", "Prize", "quantity", "ts"};
  EXPECT_EQ(NearestNames("prise", known), (std::vector<std::string>{"price", "Prize"}));
  EXPECT_EQ(NearestNames("PRICE", known), (std::vector<std::string>{"price", "Prize"}));
  EXPECT_EQ(NearestNames("qauntity", known), std::vector<std::string>{"quantity"});
  EXPECT_TRUE(NearestNames("t", known).empty());
  EXPECT_TRUE(NearestNames("", known).empty());
  EXPECT_TRUE(NearestNames(std::string(100'000, 'x'), known).empty());
}

TEST(ParseError, OneStatementWhereOneIsAsked) {
  EXPECT_THROW(ParseStatement(""), Error);
  EXPECT_THROW(ParseStatement("SELECT 1; SELECT 2"), Error);
  EXPECT_NO_THROW(ParseStatement("SELECT 1;"));
  EXPECT_TRUE(ParseStatements(" ;; -- nothing\n").empty());
  EXPECT_THROW(ParseExpression("a b"), Error);
  EXPECT_THROW(ParseType("INT INT"), Error);
}

/// Parses or refuses with a place in the text; the message is always UTF-8.
void ExpectAnswer(std::string_view sql) {
  try {
    for (const StatementPtr& statement : ParseStatements(sql)) PrintStatement(*statement);
  } catch (const Error& error) {
    ASSERT_EQ(error.code(), ErrorCode::kSqlParseError) << sql;
    ASSERT_TRUE(error.position() && *error.position() <= sql.size()) << sql;
    ASSERT_EQ(FindInvalidUtf8(error.what()), std::string_view::npos) << sql;
  }
}

TEST(AnyBytes, CutAtEveryByte) {
  for (const std::string_view sql : kSampleStatements) {
    for (std::size_t length = 0; length <= sql.size(); ++length) {
      // A copy of exactly that size, so that reading past it is seen by the sanitizers.
      const std::string cut(sql.substr(0, length));
      ExpectAnswer(cut);
      ExpectAnswer(sql.substr(length));
    }
  }
}

TEST(AnyBytes, InvalidUtf8IsRefusedWithItsPlace) {
  for (const std::string_view bad :
       {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    for (const std::string_view before : {"", "SELECT ", "SELECT '", "SELECT \"", "-- "}) {
      const std::string sql = std::string(before) + std::string(bad);
      ExpectAnswer(sql);
      EXPECT_EQ(ReasonOf(sql), "the SQL text is not valid UTF-8");
      EXPECT_EQ(ErrorOf(sql)->position(), before.size());
    }
  }
  ExpectAnswer(std::string_view("SELECT \0 1", 10));
}

std::string Repeat(std::string_view text, std::size_t count) {
  std::string repeated;
  for (std::size_t i = 0; i < count; ++i) repeated += text;
  return repeated;
}

TEST(Depth, IsBoundedWhateverNests) {
  constexpr std::size_t kDeep = 100'000;
  for (const std::string& sql : {
           "SELECT " + Repeat("(", kDeep),
           "SELECT " + Repeat("(", kDeep) + "1" + Repeat(")", kDeep),
           "SELECT " + Repeat("NOT ", kDeep) + "a",
           "SELECT " + Repeat("- ", kDeep) + "1",
           "SELECT 1" + Repeat(" + 1", kDeep),
           "SELECT a" + Repeat("[1]", kDeep),
           "SELECT a" + Repeat("::int", kDeep),
           "SELECT (a)" + Repeat(".b", kDeep),
           "SELECT " + Repeat("f(", kDeep),
           "SELECT " + Repeat("[", kDeep),
           "SELECT " + Repeat("{a: ", kDeep),
           "SELECT " + Repeat("CASE WHEN ", kDeep),
           "SELECT " + Repeat("CASE a WHEN 1 THEN ", kDeep),
           "SELECT " + Repeat("(SELECT ", kDeep),
           "SELECT " + Repeat("a IN (", kDeep),
           "SELECT " + Repeat("a BETWEEN (", kDeep),
           "SELECT " + Repeat("EXISTS (SELECT ", kDeep),
           "SELECT * FROM " + Repeat("(", kDeep),
           "SELECT * FROM " + Repeat("(SELECT * FROM ", kDeep),
           "SELECT * FROM a" + Repeat(" JOIN b ON TRUE", kDeep),
           "SELECT * FROM a" + Repeat(" JOIN b", kDeep),
           "SELECT 1 GROUP BY " + Repeat("GROUPING SETS (", kDeep),
           "SELECT a::" + Repeat("ARRAY<", kDeep),
           "SELECT a::INT" + Repeat("[]", kDeep),
           "SELECT a::" + Repeat("STRUCT(a ", kDeep),
           Repeat("(", kDeep) + "SELECT 1",
           Repeat("EXPLAIN ", kDeep) + "SELECT 1",
           Repeat("WITH a AS (", kDeep),
           "SELECT 1" + Repeat(" UNION SELECT 1 INTERSECT SELECT 1", kDeep / 10) + " EXCEPT " + Repeat("(", kDeep),
       }) {
    SCOPED_TRACE(sql.substr(0, 40));
    const std::string reason = ReasonOf(sql);
    EXPECT_EQ(reason, "this is nested more than 500 levels deep");
  }
}

TEST(Depth, LongIsNotDeep) {
  constexpr std::size_t kLong = 20'000;
  EXPECT_NO_THROW(ParseStatements("SELECT a" + Repeat(" AND a", kLong)));
  EXPECT_NO_THROW(ParseStatements("SELECT a" + Repeat(" OR a = 1", kLong)));
  EXPECT_NO_THROW(ParseStatements("SELECT 1" + Repeat(", 1", kLong)));
  EXPECT_NO_THROW(ParseStatements("SELECT a IN (1" + Repeat(", 1", kLong) + ")"));
  EXPECT_NO_THROW(ParseStatements("SELECT 1" + Repeat(" UNION ALL SELECT 1", kLong)));
  EXPECT_NO_THROW(ParseStatements("VALUES (1)" + Repeat(", (1)", kLong)));
  EXPECT_NO_THROW(ParseStatements(Repeat("SELECT 1;", kLong)));
  EXPECT_NO_THROW(ParseStatements("SELECT " + Repeat("(", 200) + "1" + Repeat(")", 200)));
  EXPECT_NO_THROW(ParseStatements("SELECT 1" + Repeat(" + 1", 400)));
}

}  // namespace
}  // namespace laminar::sql
