// Queries around their SELECTs: WITH, set operations, VALUES, ORDER BY, LIMIT, EMIT.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

constexpr int kUnionPrecedence = 1;
constexpr int kIntersectPrecedence = 2;

/// `SELECT * FROM name`
BodyPtr SelectAll(TablePtr table, SourceSpan span) {
  auto select = std::make_unique<SelectBody>();
  SelectItem item;
  item.span = span;
  auto star = std::make_unique<StarExpression>();
  star->span = span;
  item.value = std::move(star);
  select->items.push_back(std::move(item));
  select->from.push_back(std::move(table));
  return select;
}

}  // namespace

/// A query starts `ahead` tokens from here.
bool Parser::AtQuery(std::size_t ahead) {
  if (AtWord("SELECT", ahead) || AtWord("WITH", ahead)) return true;
  if (AtWord("VALUES", ahead) && AtSymbol("(", ahead + 1)) return true;
  return AtWord("TABLE", ahead) && !AtSymbol("(", ahead + 1);
}

QueryPtr Parser::ParseQuery(QueryPlace place) {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  auto query = std::make_unique<Query>();
  if (AtWord("WITH")) ParseWith(*query);
  query->body = ParseQueryPrimary(place);
  return FinishQuery(std::move(query), begin, place);
}

QueryPtr Parser::FinishQuery(std::unique_ptr<Query> query, uint32_t begin, QueryPlace place) {
  const uint32_t body_begin = query->body->span.begin;
  query->body = ParseSetOperations(std::move(query->body), body_begin, kUnionPrecedence, place);
  ParseOrderAndLimit(*query);
  const SourceSpan emit_span = Peek().span;
  query->emit = TryEmit();
  if (query->emit && place == QueryPlace::kNested) {
    Fail(emit_span,
         "EMIT, ALLOW LATENESS and LATE DATA TO belong to a stream, a subscription or a sink, not to a subquery");
  }
  return Finish(std::move(query), begin);
}

bool Parser::AtQueryContinuation() {
  return AtWord("UNION") || AtWord("INTERSECT") || AtWord("EXCEPT") || AtWord("ORDER") || AtWord("LIMIT") ||
         AtWord("OFFSET") || AtWord("FETCH");
}

QueryPtr Parser::ContinueQuery(QueryPtr first, uint32_t begin) {
  auto query = std::make_unique<Query>();
  query->body = Unwrap(std::move(first));
  return FinishQuery(std::move(query), begin, QueryPlace::kNested);
}

QueryPtr Parser::ParseParenthesisedQuery() {
  const Nesting nesting(*this);
  ExpectSymbol("(");
  if (AtSymbol("(")) {
    const uint32_t begin = Begin();
    QueryPtr query = ParseParenthesisedQuery();
    if (AtQueryContinuation()) query = ContinueQuery(std::move(query), begin);
    ExpectSymbol(")");
    return query;
  }
  if (!AtQuery()) Unexpected("a query");
  QueryPtr query = ParseQuery(QueryPlace::kNested);
  ExpectSymbol(")");
  return query;
}

void Parser::ParseWith(Query& query) {
  ExpectWord("WITH");
  query.recursive = AtWord("RECURSIVE") && !AtWord("AS", 1) && !AtSymbol("(", 1);
  if (query.recursive) Advance();
  do {
    const uint32_t begin = Begin();
    CommonTable table;
    table.name = ParseName("the name of a common table");
    if (AtSymbol("(")) table.columns = ParseNameList("a column's name");
    ExpectWord("AS");
    if (AcceptWord("MATERIALIZED")) {
      table.materialization = Materialization::kMaterialized;
    } else if (AcceptWords({"NOT", "MATERIALIZED"})) {
      table.materialization = Materialization::kNotMaterialized;
    }
    table.query = ParseParenthesisedQuery();
    table.span = SpanFrom(begin);
    query.with.push_back(std::move(table));
  } while (AcceptSymbol(","));
}

BodyPtr Parser::ParseSetOperations(BodyPtr left, uint32_t begin, int least_precedence, QueryPlace place) {
  std::unique_ptr<SetOperationBody> chain;  // takes operands as long as the operator stays the same
  const auto close_chain = [&] {
    if (chain) left = Finish(std::move(chain), begin);
  };
  while (AtWord("UNION") || AtWord("INTERSECT") || AtWord("EXCEPT")) {
    const SetOperator op = AtWord("UNION")       ? SetOperator::kUnion
                           : AtWord("INTERSECT") ? SetOperator::kIntersect
                                                 : SetOperator::kExcept;
    const int precedence = op == SetOperator::kIntersect ? kIntersectPrecedence : kUnionPrecedence;
    if (precedence < least_precedence) break;
    if (chain && chain->op != op) close_chain();
    Advance();
    const bool all = AcceptWord("ALL");
    if (!all) AcceptWord("DISTINCT");
    if (AtWords({"BY", "NAME"})) NotSupported(Peek().span, "BY NAME");
    if (chain && chain->all != all) {
      // The operator itself belongs to the next link.
      const uint32_t end = chain->operands.back()->span.end;
      close_chain();
      left->span.end = end;
    }
    const uint32_t right_begin = Begin();
    BodyPtr right = ParseQueryPrimary(place);
    right = ParseSetOperations(std::move(right), right_begin, precedence + 1, place);
    if (!chain) {
      chain = std::make_unique<SetOperationBody>();
      chain->op = op;
      chain->all = all;
      chain->operands.push_back(std::move(left));
    }
    chain->operands.push_back(std::move(right));
  }
  close_chain();
  return left;
}

BodyPtr Parser::ParseQueryPrimary(QueryPlace place) {
  const Nesting nesting(*this);
  if (AtWord("SELECT")) return ParseSelect();
  if (AtWord("VALUES")) return ParseValues(place);
  if (AtWord("TABLE")) return ParseTableQuery();
  if (AtSymbol("(")) return Unwrap(ParseParenthesisedQuery());
  Unexpected("SELECT or VALUES");
}

/// The body alone when the query is nothing more.
BodyPtr Parser::Unwrap(QueryPtr query) {
  const bool bare = query->with.empty() && query->order_by.empty() && !query->order_by_all && !query->limit &&
                    !query->offset && !query->emit;
  if (bare) return std::move(query->body);
  const uint32_t begin = query->span.begin;
  auto nested = std::make_unique<NestedBody>();
  nested->query = std::move(query);
  return Finish(std::move(nested), begin);
}

BodyPtr Parser::ParseValues(QueryPlace place) {
  const uint32_t begin = Begin();
  ExpectWord("VALUES");
  auto values = std::make_unique<ValuesBody>();
  do {
    const uint32_t row_begin = Begin();
    ValuesRow row;
    ExpectSymbol("(");
    do {
      row.values.push_back(place == QueryPlace::kInsert ? ParseDefaultOrExpression() : ParseExpression());
    } while (AcceptSymbol(","));
    ExpectSymbol(")");
    row.span = SpanFrom(row_begin);
    if (!values->rows.empty() && values->rows[0].values.size() != row.values.size()) {
      Fail(row.span, "every row of VALUES has as many values as the first, which has " +
                         std::to_string(values->rows[0].values.size()) + "; this one has " +
                         std::to_string(row.values.size()));
    }
    values->rows.push_back(std::move(row));
  } while (AcceptSymbol(","));
  return Finish(std::move(values), begin);
}

/// `TABLE name` is `SELECT * FROM name`.
BodyPtr Parser::ParseTableQuery() {
  const uint32_t begin = Begin();
  ExpectWord("TABLE");
  auto table = std::make_unique<NamedTable>();
  const uint32_t name_begin = Begin();
  table->name = ParseQualifiedName("a table's name");
  BodyPtr body = SelectAll(Finish(std::move(table), name_begin), SpanFrom(begin));
  std::unique_ptr<SelectBody> select(static_cast<SelectBody*>(body.release()));
  return Finish(std::move(select), begin);
}

void Parser::ParseOrderAndLimit(Query& query) {
  if (AcceptWord("ORDER")) {
    ExpectWord("BY");
    const uint32_t begin = Begin();
    if (AcceptWord("ALL")) {
      query.order_by_all = std::make_unique<OrderByAll>();
      query.order_by_all->descending = AcceptWord("DESC");
      if (!query.order_by_all->descending) AcceptWord("ASC");
      query.order_by_all->nulls = TryNullsOrder();
      query.order_by_all->span = SpanFrom(begin);
    } else {
      query.order_by = ParseOrderList();
    }
  }
  bool limited = false;
  while (true) {
    const SourceSpan span = Peek().span;
    if (!limited && AcceptWord("LIMIT")) {
      limited = true;
      if (!AcceptWord("ALL")) query.limit = ParseExpression();
      if (AtSymbol(",")) Fail(Peek().span, "LIMIT a, b is written LIMIT b OFFSET a");
    } else if (!query.offset && AcceptWord("OFFSET")) {
      query.offset = ParseExpression();
      if (!AcceptWord("ROWS")) AcceptWord("ROW");
    } else if (!limited && AcceptWord("FETCH")) {
      limited = true;
      if (!AcceptWord("FIRST")) ExpectWord("NEXT");
      const bool counted = !AtWord("ROW") && !AtWord("ROWS");
      query.limit = counted ? ParseExpression() : MakeLiteral(LiteralKind::kInteger, "1", Begin());
      if (!AcceptWord("ROWS")) ExpectWord("ROW");
      if (AtWords({"WITH", "TIES"})) NotSupported(span, "FETCH … WITH TIES");
      ExpectWord("ONLY");
    } else {
      return;
    }
  }
}

std::unique_ptr<EmitClause> Parser::TryEmit() {
  const uint32_t begin = Begin();
  auto emit = std::make_unique<EmitClause>();
  bool any = false;
  while (true) {
    const SourceSpan span = Peek().span;
    const auto once = [&](bool seen) {
      if (seen) Fail(span, "this clause is given twice");
      any = true;
    };
    if (AcceptWord("EMIT")) {
      once(emit->mode != EmitMode::kDefault);
      ParseEmitMode(*emit);
    } else if (AcceptWords({"ALLOW", "LATENESS"})) {
      once(emit->allow_lateness != nullptr);
      emit->allow_lateness = ParseDuration();
    } else if (AcceptWords({"LATE", "DATA", "TO"})) {
      once(emit->late_data_to.has_value());
      emit->late_data_to = ParseQualifiedName("the name of a sink");
    } else {
      break;
    }
  }
  if (!any) return nullptr;
  emit->span = SpanFrom(begin);
  return emit;
}

/// Behind EMIT.
void Parser::ParseEmitMode(EmitClause& emit) {
  if (AcceptWord("ON")) {
    emit.mode = AcceptWord("UPDATE") ? EmitMode::kOnUpdate : EmitMode::kOnWindowClose;
    if (emit.mode == EmitMode::kOnUpdate) return;
    if (!AcceptWord("WINDOW")) Unexpected("WINDOW CLOSE or UPDATE");
    ExpectWord("CLOSE");
  } else if (AcceptWord("AFTER")) {
    emit.mode = EmitMode::kOnWindowClose;
    ExpectWord("WATERMARK");
  } else if (AcceptWord("FINAL")) {
    emit.mode = EmitMode::kFinal;
  } else if (AcceptWord("CHANGES")) {
    emit.mode = EmitMode::kChanges;
  } else if (AcceptWord("EVERY") || AcceptWord("PERIODICALLY")) {
    emit.mode = EmitMode::kEvery;
    emit.every = ParseDuration();
  } else {
    Unexpected("ON WINDOW CLOSE, ON UPDATE, AFTER WATERMARK, FINAL, CHANGES or EVERY behind EMIT");
  }
}

}  // namespace laminar::sql
