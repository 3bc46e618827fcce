/* Every function of laminar.h, from C99. Prints what did not hold, and fails then. */
#include <errno.h>
#include <inttypes.h>
#include <laminar.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                                    \
    }                                                                                \
  } while (0)

/* The call succeeds; says why when it does not. */
#define OK(call)                                                                                   \
  do {                                                                                             \
    laminar_error* error = (laminar_error*)&failures; /* whatever was there is not looked at */    \
    if ((call) != LAMINAR_OK) {                                                                    \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, laminar_error_message(error)); \
      ++failures;                                                                                  \
      laminar_error_free(error);                                                                   \
    } else {                                                                                       \
      CHECK(error == NULL);                                                                        \
    }                                                                                              \
  } while (0)

/* The call fails with this code, and a message with this text in it. */
#define FAILS(call, expected, text)                                                                             \
  do {                                                                                                          \
    laminar_error* error = NULL;                                                                                \
    const laminar_status status = (call);                                                                       \
    CHECK(status == (expected));                                                                                \
    CHECK(laminar_error_code(error) == (expected));                                                             \
    if (strstr(laminar_error_message(error), (text)) == NULL) {                                                 \
      fprintf(stderr, "%s:%d: '%s' is not in: %s\n", __FILE__, __LINE__, (text), laminar_error_message(error)); \
      ++failures;                                                                                               \
    }                                                                                                           \
    laminar_error_free(error);                                                                                  \
  } while (0)

static void Run(laminar_connection* conn, const char* sql) { OK(laminar_exec(conn, sql, NULL, &error)); }

static laminar_connection* OpenMemory(void) {
  laminar_connection* conn = NULL;
  OK(laminar_open(":memory:", NULL, &conn, &error));
  return conn;
}

static int64_t Integer(laminar_connection* conn, const char* sql) {
  laminar_result* result = NULL;
  int64_t value = INT64_MIN;
  OK(laminar_query(conn, sql, &result, &error));
  OK(laminar_result_int64(result, 0, 0, &value, &error));
  laminar_result_free(result);
  return value;
}

static void TestErrors(void) {
  laminar_connection* conn = OpenMemory();
  laminar_error* error = NULL;
  laminar_result* result = (laminar_result*)&failures;
  Run(conn, "CREATE SOURCE sensors (name VARCHAR, celsius DOUBLE)");
  CHECK(laminar_query(conn, "SELECT nmae FROM sensors", &result, &error) == LAMINAR_QUERY_FAILED);
  CHECK(result == NULL);
  CHECK(laminar_error_position(error) == 7);
  CHECK(strcmp(laminar_error_candidate(error, 0), "name") == 0);
  CHECK(laminar_error_candidate(error, 1000) == NULL);
  CHECK(laminar_error_rows_inserted(error) == 0);
  CHECK(strstr(laminar_error_message(error), "^") != NULL);
  laminar_error_free(error);
  FAILS(laminar_exec(conn, "BAD", NULL, &error), LAMINAR_SQL_PARSE_ERROR, "BAD");
  FAILS(laminar_exec(conn, "SELECT 1 FROM nowhere", NULL, &error), LAMINAR_QUERY_FAILED, "nowhere");
  FAILS(laminar_insert_json(conn, "nowhere", "{}", -1, NULL, &error), LAMINAR_TABLE_NOT_FOUND, "nowhere");
  FAILS(laminar_exec(conn, "CREATE SOURCE sensors (v INT)", NULL, &error), LAMINAR_TABLE_EXISTS, "sensors");
  /* Without the object, the code alone. */
  CHECK(laminar_exec(conn, "BAD", NULL, NULL) == LAMINAR_SQL_PARSE_ERROR);
  laminar_connection_free(conn);
  CHECK(laminar_version()[0] >= '0' && laminar_version()[0] <= '9');
}

static void TestConfig(void) {
  static const char* const settings[][2] = {{"buffer_size", "10"},          {"memory_limit", "0"},
                                            {"durability", "interval"},     {"workers", "1"},
                                            {"table_spill_threshold", "5"}, {"backpressure_timeout", "0.5"}};
  laminar_config* config = laminar_config_new();
  laminar_connection* conn = NULL;
  laminar_relation_metrics metrics;
  size_t i;
  for (i = 0; i < sizeof(settings) / sizeof(settings[0]); ++i) {
    OK(laminar_config_set(config, settings[i][0], settings[i][1], &error));
  }
  OK(laminar_open(":memory:", config, &conn, &error));
  Run(conn, "CREATE SOURCE s (v INT)");
  OK(laminar_get_source_metrics(conn, "s", &metrics, sizeof(metrics), &error));
  CHECK(metrics.capacity == 10);
  laminar_connection_free(conn);

  FAILS(laminar_config_set(config, "bufer_size", "1", &error), LAMINAR_INVALID_ARGUMENT, "there are buffer_size");
  FAILS(laminar_config_set(config, "buffer_size", "many", &error), LAMINAR_INVALID_ARGUMENT,
        "buffer_size must be a whole number, not 'many'");
  FAILS(laminar_config_set(config, "buffer_size", "0", &error), LAMINAR_INVALID_ARGUMENT, "buffer_size");
  FAILS(laminar_config_set(config, "workers", "99999999999", &error), LAMINAR_INVALID_ARGUMENT, "workers");
  FAILS(laminar_config_set(config, "durability", "often", &error), LAMINAR_INVALID_ARGUMENT,
        "commit, interval or none");
  /* An interval without storage to write to. */
  OK(laminar_config_set(config, "checkpoint_interval_secs", "1.5", &error));
  OK(laminar_config_set(config, "checkpoint_interval_ms", "1500", &error));
  FAILS(laminar_open(":memory:", config, &conn, &error), LAMINAR_INVALID_ARGUMENT, "checkpoint_interval");
  CHECK(conn == NULL);
  OK(laminar_config_set(config, "storage_dir", "/nowhere/at/all", &error));
  CHECK(laminar_open(":memory:", config, &conn, NULL) != LAMINAR_OK);
  laminar_config_free(config);
}

static void TestSqlAndResults(void) {
  laminar_connection* conn = OpenMemory();
  laminar_result* result = NULL;
  laminar_result* shared = NULL;
  int64_t integer = 0;
  double number = 0;
  int flag = -1;
  const char* text = NULL;
  size_t size = 0;
  char* shown = NULL;
  struct ArrowSchema schema;
  struct ArrowArrayStream stream;
  struct ArrowArray array;

  OK(laminar_exec(conn, "CREATE SOURCE t (k VARCHAR NOT NULL, v BIGINT, d DECIMAL(9,2), b BOOLEAN)", &result, &error));
  CHECK(laminar_result_get_kind(result) == LAMINAR_RESULT_DDL);
  CHECK(strcmp(laminar_result_ddl_type(result), "CREATE SOURCE") == 0);
  CHECK(strcmp(laminar_result_ddl_object(result), "t") == 0);
  CHECK(laminar_result_num_rows(result) == 0 && laminar_result_num_columns(result) == 0);
  FAILS(laminar_result_int64(result, 0, 0, &integer, &error), LAMINAR_INVALID_ARGUMENT, "no rows");
  laminar_result_free(result);

  OK(laminar_exec(conn, "INSERT INTO t VALUES ('a', 1, 1.25, true), ('b', NULL, NULL, false)", &result, &error));
  CHECK(laminar_result_get_kind(result) == LAMINAR_RESULT_ROWS_AFFECTED);
  CHECK(laminar_result_rows_affected(result) == 2);
  laminar_result_free(result);

  OK(laminar_exec(conn, "CREATE STREAM per_k AS SELECT k, count(*) AS n FROM t GROUP BY k", &result, &error));
  CHECK(laminar_result_warning(result, 1000) == NULL);
  laminar_result_free(result);
  OK(laminar_exec(conn, "SHOW STREAMS", &result, &error));
  CHECK(laminar_result_get_kind(result) == LAMINAR_RESULT_METADATA);
  CHECK(laminar_result_num_rows(result) == 1);
  laminar_result_free(result);

  OK(laminar_query(conn, "SELECT k, v, d, b, v + 0.5::DOUBLE AS f FROM t ORDER BY k", &result, &error));
  CHECK(laminar_result_get_kind(result) == LAMINAR_RESULT_QUERY);
  CHECK(laminar_result_num_rows(result) == 2 && laminar_result_num_columns(result) == 5);
  CHECK(strcmp(laminar_result_column_name(result, 1), "v") == 0);
  CHECK(strcmp(laminar_result_column_type(result, 2), "DECIMAL(9,2)") == 0);
  CHECK(laminar_result_column_name(result, 5) == NULL && laminar_result_column_type(result, -1) == NULL);
  CHECK(laminar_result_column_nullable(result, 0) == 0 && laminar_result_column_nullable(result, 1) == 1);
  CHECK(laminar_result_epoch(result) > 0);
  CHECK(laminar_result_is_snapshot(result) == 0);

  shared = laminar_result_share(result);
  laminar_result_free(result); /* the other handle keeps the rows */
  OK(laminar_result_text(shared, 1, 0, &text, &size, &error));
  CHECK(size == 1 && text[0] == 'b');
  OK(laminar_result_int64(shared, 0, 1, &integer, &error));
  CHECK(integer == 1);
  OK(laminar_result_double(shared, 0, 2, &number, &error));
  CHECK(number == 1.25);
  OK(laminar_result_double(shared, 0, 4, &number, &error));
  CHECK(number == 1.5);
  OK(laminar_result_bool(shared, 0, 3, &flag, &error));
  CHECK(flag == 1);
  OK(laminar_result_is_null(shared, 1, 1, &flag, &error));
  CHECK(flag == 1);
  OK(laminar_result_is_null(shared, 0, 1, &flag, &error));
  CHECK(flag == 0);
  OK(laminar_result_format(shared, 1, 2, &shown, &error));
  CHECK(strcmp(shown, "NULL") == 0);
  laminar_free(shown);
  FAILS(laminar_result_int64(shared, 1, 1, &integer, &error), LAMINAR_QUERY_FAILED, "NULL");
  FAILS(laminar_result_bool(shared, 0, 1, &flag, &error), LAMINAR_QUERY_FAILED, "BIGINT");
  FAILS(laminar_result_int64(shared, 2, 0, &integer, &error), LAMINAR_INVALID_ARGUMENT, "no row 2, column 0");
  FAILS(laminar_result_int64(shared, 0, 5, &integer, &error), LAMINAR_INVALID_ARGUMENT, "2 rows and 5 columns");

  OK(laminar_result_export_schema(shared, &schema, &error));
  CHECK(schema.n_children == 5 && strcmp(schema.children[1]->format, "l") == 0);
  schema.release(&schema);
  OK(laminar_result_export(shared, &stream, &error));
  laminar_result_free(shared);
  laminar_connection_free(conn); /* the stream outlives both */
  CHECK(stream.get_next(&stream, &array) == 0 && array.length == 2);
  CHECK(((const int64_t*)array.children[1]->buffers[1])[0] == 1);
  array.release(&array);
  CHECK(stream.get_next(&stream, &array) == 0 && array.release == NULL);
  stream.release(&stream);

  conn = OpenMemory();
  Run(conn, "CREATE SOURCE t (k VARCHAR); INSERT INTO t VALUES ('x'), ('y')");
  OK(laminar_query_name(conn, "t", "k = 'y'", &result, &error));
  CHECK(laminar_result_num_rows(result) == 1);
  laminar_result_free(result);
  OK(laminar_query_name(conn, "t", NULL, &result, &error));
  CHECK(laminar_result_num_rows(result) == 2);
  laminar_result_free(result);
  OK(laminar_explain(conn, "SELECT k FROM t", &shown, &error));
  CHECK(strstr(shown, "t") != NULL);
  laminar_free(shown);
  laminar_connection_free(conn);
}

static void TestQueryStream(void) {
  laminar_connection* conn = OpenMemory();
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  struct ArrowArray array;
  int64_t rows = 0;
  Run(conn, "CREATE SOURCE t (v BIGINT)");
  Run(conn, "INSERT INTO t VALUES (1), (2), (3)");
  Run(conn, "INSERT INTO t VALUES (4)");
  OK(laminar_query_stream(conn, "SELECT v FROM t WHERE v > 1", &stream, &error));
  CHECK(stream.get_schema(&stream, &schema) == 0);
  CHECK(schema.n_children == 1 && strcmp(schema.children[0]->name, "v") == 0);
  schema.release(&schema);
  for (;;) {
    CHECK(stream.get_next(&stream, &array) == 0);
    CHECK(stream.get_last_error(&stream) == NULL);
    if (array.release == NULL) break;
    rows += array.length;
    array.release(&array);
  }
  CHECK(rows == 3);
  stream.release(&stream);

  /* A row that cannot be computed comes out of get_next. */
  OK(laminar_query_stream(conn, "SELECT 1 / (v - v) FROM t", &stream, &error));
  CHECK(stream.get_next(&stream, &array) == EIO);
  CHECK(strstr(stream.get_last_error(&stream), "zero") != NULL);
  stream.release(&stream);

  OK(laminar_query_stream(conn, "SELECT v FROM t", &stream, &error));
  OK(laminar_cancel_query(conn,
                          (uint64_t)Integer(conn,
                                            "SELECT id FROM laminar_catalog.queries "
                                            "WHERE active AND sql = 'SELECT v FROM t'"),
                          &error));
  CHECK(stream.get_next(&stream, &array) == ECANCELED);
  CHECK(strstr(stream.get_last_error(&stream), "cancelled") != NULL);
  stream.release(&stream);
  FAILS(laminar_cancel_query(conn, 999999, &error), LAMINAR_TABLE_NOT_FOUND, "not found");
  laminar_connection_free(conn);
}

static void TestParameters(void) {
  laminar_connection* conn = OpenMemory();
  laminar_parameters* values = laminar_parameters_new();
  laminar_parameters* list = laminar_parameters_new();
  const laminar_parameters* sets[2];
  laminar_result* result = NULL;
  laminar_subscription* subscription = NULL;
  struct ArrowArrayStream stream;
  struct ArrowArray array;
  const char* text = NULL;
  size_t size = 0;
  int64_t rows = 0;
  int is_null = 0;
  int column;
  Run(conn, "CREATE TABLE t (k VARCHAR, v BIGINT)");

  /* One of each kind, by position. */
  OK(laminar_parameters_add_null(values, NULL, &error));
  OK(laminar_parameters_add_bool(values, NULL, 1, &error));
  OK(laminar_parameters_add_int64(values, NULL, -5, &error));
  OK(laminar_parameters_add_uint64(values, NULL, UINT64_MAX, &error));
  OK(laminar_parameters_add_double(values, NULL, 0.5, &error));
  OK(laminar_parameters_add_text(values, NULL, "it's", -1, &error));
  OK(laminar_parameters_add_bytes(values, NULL, "ab", 2, &error));
  OK(laminar_parameters_add_decimal(values, NULL, "-12345", 2, &error));
  OK(laminar_parameters_add_timestamp(values, NULL, 1000000, 0, &error));
  OK(laminar_parameters_add_date(values, NULL, 1, &error));
  OK(laminar_parameters_add_time(values, NULL, 1000000, &error));
  OK(laminar_parameters_add_interval(values, NULL, 0, 2, 0, &error));
  OK(laminar_parameters_add_uuid(values, NULL, "00000000-0000-0000-0000-000000000001", &error));
  OK(laminar_query_with(conn, "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", values, &result, &error));
  {
    static const char* const kShown[] = {NULL,
                                         "true",
                                         "-5",
                                         "18446744073709551615",
                                         "0.5",
                                         "it's",
                                         NULL,
                                         "-123.45",
                                         "1970-01-01 00:00:01",
                                         "1970-01-02",
                                         "00:00:01",
                                         "2 days",
                                         "00000000-0000-0000-0000-000000000001"};
    for (column = 0; column < 13; ++column) {
      char* shown = NULL;
      OK(laminar_result_format(result, 0, column, &shown, &error));
      if (kShown[column] != NULL && strcmp(shown, kShown[column]) != 0) {
        fprintf(stderr, "%s:%d: column %d is %s\n", __FILE__, __LINE__, column, shown);
        ++failures;
      }
      laminar_free(shown);
    }
  }
  OK(laminar_result_is_null(result, 0, 0, &is_null, &error));
  CHECK(is_null == 1);
  laminar_result_free(result);

  /* By name, and used again. */
  laminar_parameters_clear(values);
  OK(laminar_parameters_add_text(values, "k", "a'b", -1, &error));
  OK(laminar_parameters_add_int64(values, "v", 7, &error));
  OK(laminar_exec_with(conn, "INSERT INTO t VALUES ($k, :v)", values, NULL, &error));
  OK(laminar_exec_with(conn, "INSERT INTO t VALUES ($k, $v + 1)", values, NULL, &error));
  OK(laminar_query_with(conn, "SELECT k FROM t WHERE k = $k AND v = $v", values, &result, &error));
  OK(laminar_result_text(result, 0, 0, &text, &size, &error));
  CHECK(size == 3 && strcmp(text, "a'b") == 0);
  laminar_result_free(result);

  /* A list is one value. */
  OK(laminar_parameters_add_int64(list, NULL, 7, &error));
  OK(laminar_parameters_add_int64(list, NULL, 9, &error));
  laminar_parameters_clear(values);
  OK(laminar_parameters_add_list(values, NULL, list, &error));
  OK(laminar_query_stream_with(conn, "SELECT v FROM t WHERE v IN ?", values, &stream, &error));
  CHECK(stream.get_next(&stream, &array) == 0);
  CHECK(array.length == 1);
  array.release(&array);
  stream.release(&stream);
  OK(laminar_subscribe_with(conn, "SELECT v FROM t WHERE v IN ?", values, NULL, &subscription, &error));
  OK(laminar_subscription_next(subscription, -1, &result, &error));
  CHECK(laminar_result_num_rows(result) == 1);
  laminar_result_free(result);
  laminar_subscription_free(subscription);
  laminar_parameters_clear(values);
  OK(laminar_parameters_add_list(list, NULL, values, &error));
  FAILS(laminar_parameters_add_list(values, NULL, list, &error), LAMINAR_QUERY_FAILED, "a list in a list");

  /* Many sets of values, or none. */
  laminar_parameters_clear(values);
  laminar_parameters_clear(list);
  OK(laminar_parameters_add_text(values, NULL, "m", -1, &error));
  OK(laminar_parameters_add_text(list, NULL, "n", -1, &error));
  sets[0] = values;
  sets[1] = list;
  OK(laminar_exec_many(conn, "INSERT INTO t VALUES (?, 1)", sets, 2, &rows, &error));
  CHECK(rows == 2);
  CHECK(Integer(conn, "SELECT count(*) FROM t WHERE v = 1") == 2);

  /* Every parameter needs a value, and every value a parameter. */
  FAILS(laminar_query_with(conn, "SELECT ?, ?", values, &result, &error), LAMINAR_QUERY_FAILED, "parameter");
  CHECK(result == NULL);
  FAILS(laminar_query_with(conn, "SELECT 1", values, &result, &error), LAMINAR_QUERY_FAILED, "parameter");
  FAILS(laminar_parameters_add_uuid(values, NULL, "no", &error), LAMINAR_QUERY_FAILED, "no");
  laminar_parameters_free(values);
  laminar_parameters_free(list);
  laminar_parameters_free(NULL);
  laminar_parameters_clear(NULL);
  laminar_connection_free(conn);
}

static void TestTransactions(void) {
  laminar_connection* conn = OpenMemory();
  Run(conn, "CREATE TABLE t (k INT PRIMARY KEY)");
  OK(laminar_begin(conn, &error));
  Run(conn, "INSERT INTO t VALUES (1)");
  OK(laminar_rollback(conn, &error));
  CHECK(Integer(conn, "SELECT count(*) FROM t") == 0);
  OK(laminar_begin(conn, &error));
  Run(conn, "INSERT INTO t VALUES (1)");
  OK(laminar_commit(conn, &error));
  CHECK(Integer(conn, "SELECT count(*) FROM t") == 1);
  laminar_connection_free(conn);
}

/* An Arrow batch of one int64 column made by hand, as a program without Arrow would. */
static int released = 0;

static void ReleaseSchema(struct ArrowSchema* schema) {
  ++released;
  if (schema->n_children > 0) {
    if (schema->children[0]->release != NULL) schema->children[0]->release(schema->children[0]);
    free(schema->children[0]);
    free(schema->children);
  }
  schema->release = NULL;
}

static void ReleaseArray(struct ArrowArray* array) {
  ++released;
  if (array->n_children > 0) {
    if (array->children[0]->release != NULL) array->children[0]->release(array->children[0]);
    free(array->children[0]);
    free(array->children);
  } else {
    free((void*)array->buffers[1]);
  }
  free(array->buffers);
  array->release = NULL;
}

static void MakeSchema(const char* column, struct ArrowSchema* out) {
  memset(out, 0, sizeof(*out));
  out->format = "+s";
  out->name = "";
  out->n_children = 1;
  out->children = malloc(sizeof(*out->children));
  out->children[0] = calloc(1, sizeof(*out));
  out->children[0]->format = "l";
  out->children[0]->name = column;
  out->children[0]->flags = ARROW_FLAG_NULLABLE;
  out->children[0]->release = ReleaseSchema;
  out->release = ReleaseSchema;
}

static void MakeArray(int64_t first, int64_t length, struct ArrowArray* out) {
  int64_t* values = malloc((size_t)length * sizeof(*values));
  int64_t i;
  for (i = 0; i < length; ++i) values[i] = first + i;
  memset(out, 0, sizeof(*out));
  out->length = length;
  out->n_buffers = 1;
  out->buffers = calloc(1, sizeof(*out->buffers));
  out->n_children = 1;
  out->children = malloc(sizeof(*out->children));
  out->children[0] = calloc(1, sizeof(*out));
  out->children[0]->length = length;
  out->children[0]->n_buffers = 2;
  out->children[0]->buffers = calloc(2, sizeof(*out->buffers));
  out->children[0]->buffers[1] = values;
  out->children[0]->release = ReleaseArray;
  out->release = ReleaseArray;
}

static void TestArrowIngestion(void) {
  laminar_connection* conn = OpenMemory();
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct ArrowArrayStream stream;
  int64_t rows = -1;
  const char* keys[] = {"v"};

  MakeSchema("v", &schema);
  OK(laminar_create_table(conn, "s", &schema, NULL, 0, &error));
  CHECK(schema.release == NULL);
  MakeSchema("v", &schema);
  OK(laminar_create_table(conn, "t", &schema, keys, 1, &error));

  MakeSchema("v", &schema);
  MakeArray(1, 3, &array);
  OK(laminar_insert_arrow_array(conn, "s", &schema, &array, &rows, &error));
  CHECK(rows == 3 && schema.release == NULL && array.release == NULL);
  CHECK(Integer(conn, "SELECT sum(v) FROM s") == 6);

  OK(laminar_query_stream(conn, "SELECT v FROM s", &stream, &error));
  OK(laminar_insert_arrow_stream(conn, "t", &stream, &rows, &error));
  CHECK(rows == 3 && stream.release == NULL);
  OK(laminar_query_stream(conn, "SELECT 3::BIGINT AS v UNION ALL SELECT 4", &stream, &error));
  OK(laminar_upsert_arrow_stream(conn, "t", &stream, &rows, &error));
  CHECK(rows == 2 && Integer(conn, "SELECT count(*) FROM t") == 4);
  OK(laminar_query_stream(conn, "SELECT 1::BIGINT AS v UNION ALL SELECT 99", &stream, &error));
  OK(laminar_delete_arrow_stream(conn, "t", &stream, &rows, &error));
  CHECK(rows == 1 && Integer(conn, "SELECT sum(v) FROM t") == 9);

  /* What fails has consumed its input all the same, and taken nothing. */
  rows = 77;
  MakeSchema("wrong", &schema);
  MakeArray(1, 3, &array);
  FAILS(laminar_insert_arrow_array(conn, "s", &schema, &array, &rows, &error), LAMINAR_BATCH_SCHEMA_MISMATCH, "wrong");
  CHECK(rows == 77 && schema.release == NULL && array.release == NULL);
  MakeSchema("v", &schema);
  MakeArray(1, 3, &array);
  FAILS(laminar_insert_arrow_array(conn, "nowhere", &schema, &array, NULL, &error), LAMINAR_TABLE_NOT_FOUND, "nowhere");
  CHECK(schema.release == NULL && array.release == NULL);
  MakeSchema("v", &schema);
  MakeArray(1, 3, &array);
  FAILS(laminar_insert_arrow_array(NULL, "s", &schema, &array, NULL, &error), LAMINAR_INVALID_ARGUMENT, "connection");
  CHECK(schema.release == NULL && array.release == NULL);
  OK(laminar_query_stream(conn, "SELECT v FROM s", &stream, &error));
  FAILS(laminar_insert_arrow_stream(conn, "nowhere", &stream, NULL, &error), LAMINAR_TABLE_NOT_FOUND, "nowhere");
  CHECK(stream.release == NULL);
  MakeSchema("v", &schema);
  FAILS(laminar_create_table(conn, "s", &schema, NULL, 0, &error), LAMINAR_TABLE_EXISTS, "s");
  CHECK(schema.release == NULL);
  laminar_connection_free(conn);
  /* Each schema and each array has two levels: 7 schemas, 4 arrays. */
  CHECK(released == 2 * (7 + 4));
}

static void TestTextIngestion(void) {
  laminar_connection* conn = OpenMemory();
  int64_t rows = 0;
  Run(conn, "CREATE SOURCE t (k VARCHAR, v INT)");
  OK(laminar_insert_json(conn, "t", "[{\"k\": \"a\", \"v\": 1}, {\"k\": \"b\"}]", -1, &rows, &error));
  CHECK(rows == 2);
  OK(laminar_insert_json(conn, "t", "{\"v\": 2} and no more", 8, &rows, &error));
  CHECK(rows == 1);
  OK(laminar_insert_csv(conn, "t", "k,v\nc,3\n", -1, &rows, &error));
  CHECK(rows == 1);
  OK(laminar_insert_csv(conn, "t", "k,v\nd,4\nmore", 8, NULL, &error));
  CHECK(Integer(conn, "SELECT sum(v) FROM t") == 10);
  FAILS(laminar_insert_json(conn, "t", "{\"v\":", -1, NULL, &error), LAMINAR_INGESTION_FAILED, "line 1");
  FAILS(laminar_insert_csv(conn, "t", "v\nx\n", -1, NULL, &error), LAMINAR_BATCH_SCHEMA_MISMATCH, "x");
  FAILS(laminar_insert_json(conn, "t", NULL, -1, NULL, &error), LAMINAR_INVALID_ARGUMENT, "text is NULL");
  laminar_connection_free(conn);
}

static void TestBatches(void) {
  laminar_connection* conn = OpenMemory();
  laminar_batch* batch = NULL;
  laminar_batch* keys = NULL;
  int64_t rows = 0;
  int i;
  Run(conn,
      "CREATE TABLE t (k INT PRIMARY KEY, b BOOLEAN, u UTINYINT, d DOUBLE, s VARCHAR, x BLOB, n DECIMAL(9,2), "
      "ts TIMESTAMP, day DATE, t TIME, i INTERVAL, z VARCHAR)");
  OK(laminar_batch_new(conn, "t", &batch, &error));
  CHECK(laminar_batch_num_columns(batch) == 12);
  CHECK(laminar_batch_column(batch, "S") == 4 && laminar_batch_column(batch, "nothing") == -1);
  for (i = 0; i < 2; ++i) {
    OK(laminar_batch_set_int64(batch, 0, i, &error));
    OK(laminar_batch_set_bool(batch, 1, 1, &error));
    OK(laminar_batch_set_uint64(batch, 2, 200, &error));
    OK(laminar_batch_set_double(batch, 3, 0.5, &error));
    OK(laminar_batch_set_text(batch, 4, "text", -1, &error));
    OK(laminar_batch_set_bytes(batch, 5, "\0\1", 2, &error));
    OK(laminar_batch_set_decimal(batch, 6, "-12345", 2, &error));
    OK(laminar_batch_set_timestamp(batch, 7, 1000000, 0, &error));
    OK(laminar_batch_set_date(batch, 8, 1, &error));
    OK(laminar_batch_set_time(batch, 9, 3600 * INT64_C(1000000), &error));
    OK(laminar_batch_set_interval(batch, 10, 1, 2, INT64_C(3000000000), &error));
    OK(laminar_batch_set_null(batch, 11, &error));
    OK(laminar_batch_finish_row(batch, &error));
  }
  /* A mistake leaves the row to be mended or abandoned. */
  FAILS(laminar_batch_set_int64(batch, 2, 256, &error), LAMINAR_BATCH_SCHEMA_MISMATCH, "256");
  FAILS(laminar_batch_set_text(batch, 12, "x", -1, &error), LAMINAR_INVALID_ARGUMENT, "column number 12");
  OK(laminar_batch_set_text(batch, 4, "x", 1, &error));
  FAILS(laminar_batch_finish_row(batch, &error), LAMINAR_BATCH_SCHEMA_MISMATCH, "k");
  laminar_batch_abandon_row(batch);
  CHECK(laminar_batch_num_rows(batch) == 2);
  OK(laminar_insert(conn, batch, &rows, &error));
  CHECK(rows == 2 && laminar_batch_num_rows(batch) == 0);
  CHECK(Integer(conn,
                "SELECT count(*) FROM t WHERE b AND u = 200 AND d = 0.5 AND s = 'text' AND octet_length(x) = 2 AND "
                "n = -123.45 AND ts = TIMESTAMP '1970-01-01 00:00:01' AND day = DATE '1970-01-02' AND "
                "t = TIME '01:00:00' AND i = INTERVAL '1 month 2 days 3 seconds' AND z IS NULL") == 2);

  OK(laminar_batch_set_int64(batch, 0, 1, &error));
  OK(laminar_batch_finish_row(batch, &error));
  laminar_batch_clear(batch);
  CHECK(laminar_batch_num_rows(batch) == 0);
  OK(laminar_batch_set_int64(batch, 0, 1, &error));
  OK(laminar_batch_set_text(batch, 4, "new", -1, &error));
  OK(laminar_batch_finish_row(batch, &error));
  OK(laminar_upsert(conn, batch, &rows, &error));
  CHECK(rows == 1 && Integer(conn, "SELECT count(*) FROM t WHERE s = 'new'") == 1);

  OK(laminar_key_batch_new(conn, "t", &keys, &error));
  CHECK(laminar_batch_num_columns(keys) == 1);
  OK(laminar_batch_set_int64(keys, 0, 0, &error));
  OK(laminar_batch_finish_row(keys, &error));
  OK(laminar_delete(conn, keys, &rows, &error));
  CHECK(rows == 1 && Integer(conn, "SELECT count(*) FROM t") == 1);
  laminar_batch_free(keys);
  laminar_batch_free(batch);
  laminar_connection_free(conn);
}

static void TestWriters(void) {
  laminar_connection* conn = OpenMemory();
  laminar_writer* writer = NULL;
  laminar_batch* batch = NULL;
  struct ArrowArrayStream stream;
  int64_t rows = 0;
  Run(conn, "CREATE SOURCE t (v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts)");
  OK(laminar_writer_new(conn, "t", &writer, &error));
  CHECK(laminar_writer_current_watermark(writer) == INT64_MIN);
  OK(laminar_batch_new(conn, "t", &batch, &error));
  OK(laminar_batch_set_int64(batch, 0, 1, &error));
  OK(laminar_batch_finish_row(batch, &error));
  OK(laminar_writer_insert(writer, batch, &rows, &error));
  CHECK(rows == 1 && Integer(conn, "SELECT count(*) FROM t") == 0);
  OK(laminar_writer_flush(writer, &rows, &error));
  CHECK(rows == 1 && Integer(conn, "SELECT count(*) FROM t") == 1);
  OK(laminar_query_stream(conn, "SELECT 2::BIGINT AS v", &stream, &error));
  OK(laminar_writer_insert_arrow_stream(writer, &stream, &rows, &error));
  CHECK(rows == 1);
  OK(laminar_writer_watermark(writer, 5000, &error));
  CHECK(laminar_writer_current_watermark(writer) == 5000);
  OK(laminar_writer_watermark(writer, 100, &error)); /* it never goes back */
  CHECK(laminar_writer_current_watermark(writer) == 5000);
  OK(laminar_writer_close(writer, &error));
  OK(laminar_writer_close(writer, &error));
  FAILS(laminar_writer_flush(writer, NULL, &error), LAMINAR_WRITER_CLOSED, "closed");
  CHECK(Integer(conn, "SELECT sum(v) FROM t") == 3);
  laminar_writer_free(writer);
  laminar_batch_free(batch);
  laminar_connection_free(conn);
}

static void* CancelFromAnotherThread(void* subscription) {
  laminar_subscription_cancel(subscription);
  return NULL;
}

static void TestSubscriptions(void) {
  laminar_connection* conn = OpenMemory();
  laminar_subscription* subscription = NULL;
  laminar_subscription* other = NULL;
  laminar_result* item = NULL;
  laminar_subscribe_options options = {LAMINAR_WEIGHTS_ALWAYS, 1};
  struct ArrowSchema schema;
  int64_t value = 0;
  pthread_t thread;
  Run(conn, "CREATE SOURCE t (v BIGINT); INSERT INTO t VALUES (1)");
  Run(conn, "CREATE STREAM total AS SELECT sum(v) AS s FROM t");

  OK(laminar_subscribe_stream(conn, "total", NULL, &subscription, &error));
  OK(laminar_subscription_export_schema(subscription, &schema, &error));
  CHECK(schema.n_children == 2 && strcmp(schema.children[1]->name, "__weight") == 0);
  schema.release(&schema);
  OK(laminar_subscription_next(subscription, -1, &item, &error));
  CHECK(laminar_result_is_snapshot(item) == 1 && laminar_result_num_rows(item) == 1);
  laminar_result_free(item);
  FAILS(laminar_subscription_next(subscription, 0, &item, &error), LAMINAR_SUBSCRIPTION_TIMEOUT, "timeout");
  FAILS(laminar_subscription_next(subscription, 5, &item, &error), LAMINAR_SUBSCRIPTION_TIMEOUT, "timeout");
  CHECK(item == NULL);

  OK(laminar_subscribe(conn, "SELECT v FROM t", &options, &other, &error));
  Run(conn, "INSERT INTO t VALUES (41)");
  OK(laminar_subscription_next(subscription, 10000, &item, &error));
  CHECK(laminar_result_is_snapshot(item) == 0 && laminar_result_num_rows(item) == 2);
  CHECK(laminar_result_epoch(item) > 0);
  OK(laminar_result_int64(item, 1, 0, &value, &error)); /* deletions come first */
  CHECK(value == 42);
  laminar_result_free(item);
  OK(laminar_subscription_next(other, 10000, &item, &error));
  CHECK(laminar_result_num_rows(item) == 1 && laminar_result_num_columns(item) == 2);
  laminar_result_free(item);

  CHECK(laminar_subscription_is_active(other) == 1);
  CHECK(pthread_create(&thread, NULL, CancelFromAnotherThread, other) == 0);
  OK(laminar_subscription_next(other, -1, &item, &error)); /* woken */
  CHECK(item == NULL);
  pthread_join(thread, NULL);
  CHECK(laminar_subscription_is_active(other) == 0);
  laminar_subscription_free(other);

  options.weights = LAMINAR_WEIGHTS_NEVER;
  FAILS(laminar_subscribe_stream(conn, "total", &options, &other, &error), LAMINAR_SUBSCRIPTION_FAILED, "retract");
  CHECK(other == NULL);
  options.weights = (laminar_weights)9;
  FAILS(laminar_subscribe_stream(conn, "total", &options, &other, &error), LAMINAR_INVALID_ARGUMENT, "weights");

  Run(conn, "DROP STREAM total");
  FAILS(laminar_subscription_next(subscription, -1, &item, &error), LAMINAR_SUBSCRIPTION_CLOSED, "total");
  laminar_subscription_free(subscription);
  laminar_connection_free(conn);
}

/* What callbacks saw. Read after the subscription's end, or under the lock. */
typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  laminar_connection* conn;
  int64_t sum;
  int calls;
  int stop_at; /* the call that ends the subscription */
  int errors;
  laminar_status last_error;
  laminar_result* kept;
  int destroyed;
} Seen;

static void InitSeen(Seen* seen, laminar_connection* conn) {
  memset(seen, 0, sizeof(*seen));
  pthread_mutex_init(&seen->mutex, NULL);
  pthread_cond_init(&seen->changed, NULL);
  seen->conn = conn;
}

static int OnChange(const laminar_result* change, void* user_data) {
  Seen* seen = user_data;
  int64_t row;
  int calls;
  /* A callback may call anything. */
  CHECK(Integer(seen->conn, "SELECT count(*) FROM t") > 0);
  pthread_mutex_lock(&seen->mutex);
  for (row = 0; row < laminar_result_num_rows(change); ++row) {
    int64_t value = 0;
    OK(laminar_result_int64(change, row, 0, &value, &error));
    seen->sum += value;
  }
  calls = ++seen->calls;
  if (seen->kept == NULL) seen->kept = laminar_result_share(change);
  pthread_cond_signal(&seen->changed);
  pthread_mutex_unlock(&seen->mutex);
  return calls == seen->stop_at;
}

static int OnError(const laminar_error* error, void* user_data) {
  Seen* seen = user_data;
  pthread_mutex_lock(&seen->mutex);
  ++seen->errors;
  seen->last_error = laminar_error_code(error);
  pthread_mutex_unlock(&seen->mutex);
  return 0;
}

static void OnDestroy(void* user_data) { ++((Seen*)user_data)->destroyed; }

static void WaitForCalls(Seen* seen, int calls) {
  pthread_mutex_lock(&seen->mutex);
  while (seen->calls < calls) pthread_cond_wait(&seen->changed, &seen->mutex);
  pthread_mutex_unlock(&seen->mutex);
}

static void TestCallbacks(void) {
  laminar_connection* conn = OpenMemory();
  laminar_callback_subscription* subscription = NULL;
  laminar_callbacks callbacks = {OnChange, OnError, OnDestroy, NULL};
  Seen seen;
  int64_t value = 0;
  Run(conn, "CREATE SOURCE t (v BIGINT); INSERT INTO t VALUES (1)");

  InitSeen(&seen, conn);
  callbacks.user_data = &seen;
  OK(laminar_subscribe_callback(conn, "SELECT v FROM t", &callbacks, &subscription, &error));
  WaitForCalls(&seen, 1);
  Run(conn, "INSERT INTO t VALUES (20)");
  WaitForCalls(&seen, 2);
  CHECK(laminar_callback_subscription_is_active(subscription) == 1);
  laminar_callback_subscription_cancel(subscription);
  laminar_callback_subscription_wait(subscription);
  CHECK(laminar_callback_subscription_is_active(subscription) == 0);
  laminar_callback_subscription_free(subscription);
  CHECK(seen.sum == 21 && seen.calls == 2 && seen.errors == 0 && seen.destroyed == 1);
  OK(laminar_result_int64(seen.kept, 0, 0, &value, &error));
  CHECK(value == 1);
  laminar_result_free(seen.kept);

  /* What it returns ends it. */
  InitSeen(&seen, conn);
  seen.stop_at = 1;
  OK(laminar_subscribe_callback(conn, "SELECT v FROM t", &callbacks, &subscription, &error));
  laminar_callback_subscription_wait(subscription);
  CHECK(seen.calls == 1 && seen.errors == 0 && seen.destroyed == 1);
  laminar_callback_subscription_free(subscription);
  laminar_result_free(seen.kept);

  /* A stream that is dropped says so. */
  InitSeen(&seen, conn);
  Run(conn, "CREATE STREAM doubled AS SELECT v * 2 AS v FROM t");
  OK(laminar_subscribe_stream_callback(conn, "doubled", &callbacks, &subscription, &error));
  WaitForCalls(&seen, 1);
  Run(conn, "DROP STREAM doubled");
  laminar_callback_subscription_wait(subscription);
  CHECK(seen.sum == 42 && seen.errors == 1 && seen.last_error == LAMINAR_SUBSCRIPTION_CLOSED && seen.destroyed == 1);
  laminar_callback_subscription_free(subscription);
  laminar_result_free(seen.kept);

  /* A subscription that never began has destroyed its data. */
  InitSeen(&seen, conn);
  FAILS(laminar_subscribe_callback(conn, "SELECT nothing FROM t", &callbacks, &subscription, &error),
        LAMINAR_QUERY_FAILED, "nothing");
  CHECK(subscription == NULL && seen.destroyed == 1);
  callbacks.on_change = NULL;
  FAILS(laminar_subscribe_callback(conn, "SELECT v FROM t", &callbacks, &subscription, &error),
        LAMINAR_INVALID_ARGUMENT, "on_change");
  CHECK(seen.destroyed == 2);
  laminar_connection_free(conn);
}

static void TestSinks(void) {
  laminar_connection* conn = OpenMemory();
  laminar_callbacks callbacks = {OnChange, NULL, OnDestroy, NULL};
  laminar_list* sinks = NULL;
  Seen seen;
  InitSeen(&seen, conn);
  callbacks.user_data = &seen;
  Run(conn, "CREATE SOURCE t (v BIGINT); INSERT INTO t VALUES (1)");
  seen.stop_at = 1; /* counted as an error; the sink goes on */
  OK(laminar_create_sink(conn, "into_c", "SELECT v FROM t", &callbacks, 0, &error));
  WaitForCalls(&seen, 1);
  Run(conn, "INSERT INTO t VALUES (2)");
  WaitForCalls(&seen, 2);
  OK(laminar_list_sinks(conn, &sinks, &error));
  CHECK(laminar_list_size(sinks) == 1 && strcmp(laminar_list_get(sinks, 0), "into_c") == 0);
  laminar_list_free(sinks);
  Run(conn, "DROP SINK into_c");
  CHECK(seen.sum == 3 && seen.destroyed == 1);
  laminar_result_free(seen.kept);
  FAILS(laminar_create_sink(conn, "s", "nowhere", &callbacks, 1, &error), LAMINAR_QUERY_FAILED, "nowhere");
  CHECK(seen.destroyed == 2);
  laminar_connection_free(conn);
}

static void TestFacts(void) {
  laminar_connection* conn = OpenMemory();
  laminar_list* list = NULL;
  struct ArrowSchema schema;
  laminar_metrics metrics;
  laminar_relation_metrics relation;
  Run(conn,
      "CREATE SOURCE s (v BIGINT, ts TIMESTAMP, WATERMARK FOR ts); CREATE TABLE t (k INT PRIMARY KEY);"
      "CREATE STREAM doubled AS SELECT v * 2 AS v FROM s");
  Run(conn, "INSERT INTO s VALUES (1, TIMESTAMP '1970-01-01 00:00:05')");
  OK(laminar_list_tables(conn, &list, &error));
  CHECK(laminar_list_size(list) == 2 && laminar_list_get(list, 2) == NULL);
  laminar_list_free(list);
  OK(laminar_list_sources(conn, &list, &error));
  CHECK(laminar_list_size(list) == 1 && strcmp(laminar_list_get(list, 0), "s") == 0);
  laminar_list_free(list);
  OK(laminar_list_streams(conn, &list, &error));
  CHECK(laminar_list_size(list) == 1 && strcmp(laminar_list_get(list, 0), "doubled") == 0);
  laminar_list_free(list);
  OK(laminar_export_schema(conn, "s", &schema, &error));
  CHECK(schema.n_children == 2);
  schema.release(&schema);
  FAILS(laminar_export_schema(conn, "nowhere", &schema, &error), LAMINAR_TABLE_NOT_FOUND, "nowhere");

  OK(laminar_get_metrics(conn, &metrics, sizeof(metrics), &error));
  CHECK(metrics.total_events_ingested == 1 && metrics.source_count == 1 && metrics.stream_count == 1);
  CHECK(metrics.total_batches == 1 && metrics.uptime_secs >= 0 && metrics.pipeline_watermark == 5000);
  /* An older program's structure is filled as far as it goes. */
  metrics.total_events_emitted = -7;
  OK(laminar_get_metrics(conn, &metrics, sizeof(metrics.total_events_ingested), &error));
  CHECK(metrics.total_events_ingested == 1 && metrics.total_events_emitted == -7);
  OK(laminar_get_source_metrics(conn, "s", &relation, sizeof(relation), &error));
  CHECK(relation.total_events == 1 && relation.pending == 0 && relation.watermark == 5000);
  OK(laminar_get_stream_metrics(conn, "doubled", &relation, sizeof(relation), &error));
  CHECK(relation.late_events == 0 && relation.error_events == 0);
  FAILS(laminar_get_source_metrics(conn, "doubled", &relation, sizeof(relation), &error), LAMINAR_TABLE_NOT_FOUND,
        "no source named \"doubled\"");
  FAILS(laminar_get_stream_metrics(conn, "s", &relation, sizeof(relation), &error), LAMINAR_TABLE_NOT_FOUND,
        "no stream named \"s\"");
  laminar_connection_free(conn);
}

static void TestLifecycle(void) {
  laminar_connection* conn = OpenMemory();
  laminar_subscription* subscription = NULL;
  laminar_result* item = NULL;
  laminar_metrics metrics;
  uint64_t checkpoint = 99;
  Run(conn, "CREATE SOURCE t (v BIGINT)");
  OK(laminar_start(conn, &error));
  OK(laminar_start(conn, &error));
  OK(laminar_checkpoint(conn, &checkpoint, &error));
  CHECK(checkpoint == 0); /* nothing is configured to write to */
  OK(laminar_subscribe(conn, "SELECT v FROM t", NULL, &subscription, &error));
  Run(conn, "INSERT INTO t VALUES (1)");
  OK(laminar_shutdown(conn, &error));
  FAILS(laminar_insert_json(conn, "t", "{\"v\": 2}", -1, NULL, &error), LAMINAR_SHUTDOWN, "shut");
  OK(laminar_get_metrics(conn, &metrics, sizeof(metrics), &error));
  CHECK(metrics.state == LAMINAR_PIPELINE_STOPPED);
  OK(laminar_subscription_next(subscription, -1, &item, &error)); /* the queue stays readable, then ends */
  CHECK(laminar_result_num_rows(item) == 1);
  laminar_result_free(item);
  OK(laminar_subscription_next(subscription, -1, &item, &error));
  CHECK(item == NULL);
  CHECK(laminar_is_closed(conn) == 0);
  OK(laminar_close(conn, &error));
  OK(laminar_close(conn, &error));
  CHECK(laminar_is_closed(conn) == 1);
  FAILS(laminar_query(conn, "SELECT 1", &item, &error), LAMINAR_CONNECTION_CLOSED, "closed");
  FAILS(laminar_checkpoint(conn, &checkpoint, &error), LAMINAR_CONNECTION_CLOSED, "closed");
  laminar_connection_free(conn);
  laminar_subscription_free(subscription);
}

/* No function minds a NULL: those that can fail say so, the others answer nothing. */
static void TestNull(void) {
  laminar_connection* conn = OpenMemory();
  laminar_connection* no_connection = NULL;
  laminar_result* result = NULL;
  laminar_batch* batch = NULL;
  laminar_writer* writer = NULL;
  laminar_subscription* subscription = NULL;
  laminar_callback_subscription* callback_subscription = NULL;
  laminar_callbacks callbacks = {OnChange, NULL, NULL, NULL};
  laminar_list* list = NULL;
  laminar_metrics metrics;
  laminar_relation_metrics relation;
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  char* text = NULL;
  const char* view = NULL;
  size_t size = 0;
  int64_t integer = 0;
  double number = 0;
  int flag = 0;
  uint64_t id = 0;
  laminar_parameters* values = laminar_parameters_new();
#define REFUSES(call) CHECK((call) == LAMINAR_INVALID_ARGUMENT)
  Run(conn, "CREATE TABLE t (k INT PRIMARY KEY)");

  REFUSES(laminar_config_set(NULL, "workers", "1", NULL));
  REFUSES(laminar_open(NULL, NULL, &no_connection, NULL));
  REFUSES(laminar_open(":memory:", NULL, NULL, NULL));
  REFUSES(laminar_close(NULL, NULL));
  REFUSES(laminar_start(NULL, NULL));
  REFUSES(laminar_shutdown(NULL, NULL));
  REFUSES(laminar_checkpoint(NULL, &id, NULL));
  REFUSES(laminar_checkpoint(conn, NULL, NULL));
  REFUSES(laminar_exec(NULL, "SELECT 1", NULL, NULL));
  REFUSES(laminar_exec(conn, NULL, NULL, NULL));
  REFUSES(laminar_query(NULL, "SELECT 1", &result, NULL));
  REFUSES(laminar_query(conn, "SELECT 1", NULL, NULL));
  REFUSES(laminar_query_stream(NULL, "SELECT 1", &stream, NULL));
  REFUSES(laminar_query_stream(conn, "SELECT 1", NULL, NULL));
  REFUSES(laminar_exec_with(NULL, "SELECT 1", NULL, NULL, NULL));
  REFUSES(laminar_query_with(conn, NULL, NULL, &result, NULL));
  REFUSES(laminar_query_stream_with(conn, "SELECT 1", NULL, NULL, NULL));
  REFUSES(laminar_exec_many(conn, "SELECT 1", NULL, 1, NULL, NULL));
  REFUSES(laminar_subscribe_with(conn, "SELECT 1", NULL, NULL, NULL, NULL));
  REFUSES(laminar_parameters_add_null(NULL, NULL, NULL));
  REFUSES(laminar_parameters_add_bool(NULL, NULL, 1, NULL));
  REFUSES(laminar_parameters_add_int64(NULL, NULL, 1, NULL));
  REFUSES(laminar_parameters_add_uint64(NULL, NULL, 1, NULL));
  REFUSES(laminar_parameters_add_double(NULL, NULL, 1, NULL));
  REFUSES(laminar_parameters_add_text(values, NULL, NULL, -1, NULL));
  REFUSES(laminar_parameters_add_bytes(values, NULL, NULL, 1, NULL));
  REFUSES(laminar_parameters_add_decimal(values, NULL, NULL, 0, NULL));
  REFUSES(laminar_parameters_add_timestamp(NULL, NULL, 0, 0, NULL));
  REFUSES(laminar_parameters_add_date(NULL, NULL, 0, NULL));
  REFUSES(laminar_parameters_add_time(NULL, NULL, 0, NULL));
  REFUSES(laminar_parameters_add_interval(NULL, NULL, 0, 0, 0, NULL));
  REFUSES(laminar_parameters_add_uuid(values, NULL, NULL, NULL));
  REFUSES(laminar_parameters_add_list(values, NULL, NULL, NULL));
  laminar_parameters_free(values);
  REFUSES(laminar_query_name(NULL, "t", NULL, &result, NULL));
  REFUSES(laminar_query_name(conn, NULL, NULL, &result, NULL));
  REFUSES(laminar_cancel_query(NULL, 1, NULL));
  REFUSES(laminar_explain(NULL, "SELECT 1", &text, NULL));
  REFUSES(laminar_explain(conn, "SELECT 1", NULL, NULL));
  REFUSES(laminar_begin(NULL, NULL));
  REFUSES(laminar_commit(NULL, NULL));
  REFUSES(laminar_rollback(NULL, NULL));
  REFUSES(laminar_result_is_null(NULL, 0, 0, &flag, NULL));
  REFUSES(laminar_result_int64(NULL, 0, 0, &integer, NULL));
  REFUSES(laminar_result_double(NULL, 0, 0, &number, NULL));
  REFUSES(laminar_result_bool(NULL, 0, 0, &flag, NULL));
  REFUSES(laminar_result_text(NULL, 0, 0, &view, &size, NULL));
  REFUSES(laminar_result_format(NULL, 0, 0, &text, NULL));
  REFUSES(laminar_result_export(NULL, &stream, NULL));
  REFUSES(laminar_result_export_schema(NULL, &schema, NULL));
  REFUSES(laminar_insert_arrow_stream(conn, "t", NULL, NULL, NULL));
  REFUSES(laminar_insert_arrow_array(conn, "t", NULL, NULL, NULL, NULL));
  REFUSES(laminar_insert_json(NULL, "t", "{}", -1, NULL, NULL));
  REFUSES(laminar_insert_csv(NULL, "t", "k", -1, NULL, NULL));
  REFUSES(laminar_create_table(conn, "u", NULL, NULL, 0, NULL));
  REFUSES(laminar_upsert_arrow_stream(conn, "t", NULL, NULL, NULL));
  REFUSES(laminar_delete_arrow_stream(conn, "t", NULL, NULL, NULL));
  REFUSES(laminar_batch_new(NULL, "t", &batch, NULL));
  REFUSES(laminar_batch_new(conn, "t", NULL, NULL));
  REFUSES(laminar_key_batch_new(NULL, "t", &batch, NULL));
  REFUSES(laminar_batch_set_null(NULL, 0, NULL));
  REFUSES(laminar_batch_set_bool(NULL, 0, 0, NULL));
  REFUSES(laminar_batch_set_int64(NULL, 0, 0, NULL));
  REFUSES(laminar_batch_set_uint64(NULL, 0, 0, NULL));
  REFUSES(laminar_batch_set_double(NULL, 0, 0, NULL));
  REFUSES(laminar_batch_set_text(NULL, 0, "", 0, NULL));
  REFUSES(laminar_batch_set_bytes(NULL, 0, "", 0, NULL));
  REFUSES(laminar_batch_set_decimal(NULL, 0, "1", 0, NULL));
  REFUSES(laminar_batch_set_timestamp(NULL, 0, 0, 0, NULL));
  REFUSES(laminar_batch_set_date(NULL, 0, 0, NULL));
  REFUSES(laminar_batch_set_time(NULL, 0, 0, NULL));
  REFUSES(laminar_batch_set_interval(NULL, 0, 0, 0, 0, NULL));
  REFUSES(laminar_batch_finish_row(NULL, NULL));
  REFUSES(laminar_insert(conn, NULL, NULL, NULL));
  REFUSES(laminar_upsert(conn, NULL, NULL, NULL));
  REFUSES(laminar_delete(conn, NULL, NULL, NULL));
  REFUSES(laminar_writer_new(NULL, "t", &writer, NULL));
  REFUSES(laminar_writer_insert(NULL, NULL, NULL, NULL));
  REFUSES(laminar_writer_insert_arrow_stream(NULL, NULL, NULL, NULL));
  REFUSES(laminar_writer_flush(NULL, NULL, NULL));
  REFUSES(laminar_writer_watermark(NULL, 0, NULL));
  REFUSES(laminar_writer_close(NULL, NULL));
  REFUSES(laminar_subscribe(NULL, "SELECT 1", NULL, &subscription, NULL));
  REFUSES(laminar_subscribe(conn, "SELECT 1", NULL, NULL, NULL));
  REFUSES(laminar_subscribe_stream(NULL, "t", NULL, &subscription, NULL));
  REFUSES(laminar_subscription_next(NULL, 0, &result, NULL));
  REFUSES(laminar_subscription_export_schema(NULL, &schema, NULL));
  REFUSES(laminar_subscribe_callback(NULL, "SELECT 1", &callbacks, &callback_subscription, NULL));
  REFUSES(laminar_subscribe_callback(conn, "SELECT 1", NULL, &callback_subscription, NULL));
  REFUSES(laminar_subscribe_stream_callback(NULL, "t", &callbacks, &callback_subscription, NULL));
  REFUSES(laminar_create_sink(NULL, "s", "t", &callbacks, 0, NULL));
  REFUSES(laminar_list_tables(NULL, &list, NULL));
  REFUSES(laminar_list_sources(NULL, &list, NULL));
  REFUSES(laminar_list_streams(NULL, &list, NULL));
  REFUSES(laminar_list_sinks(conn, NULL, NULL));
  REFUSES(laminar_export_schema(NULL, "t", &schema, NULL));
  REFUSES(laminar_get_metrics(NULL, &metrics, sizeof(metrics), NULL));
  REFUSES(laminar_get_metrics(conn, NULL, sizeof(metrics), NULL));
  REFUSES(laminar_get_source_metrics(NULL, "t", &relation, sizeof(relation), NULL));
  REFUSES(laminar_get_stream_metrics(NULL, "t", &relation, sizeof(relation), NULL));

  CHECK(laminar_error_code(NULL) == LAMINAR_OK && laminar_error_message(NULL)[0] == '\0');
  CHECK(laminar_error_position(NULL) == -1 && laminar_error_rows_inserted(NULL) == 0);
  CHECK(laminar_error_candidate(NULL, 0) == NULL);
  CHECK(laminar_is_closed(NULL) == 1);
  CHECK(laminar_result_share(NULL) == NULL && laminar_result_get_kind(NULL) == LAMINAR_RESULT_NONE);
  CHECK(laminar_result_rows_affected(NULL) == 0 && laminar_result_warning(NULL, 0) == NULL);
  CHECK(laminar_result_ddl_type(NULL)[0] == '\0' && laminar_result_ddl_object(NULL)[0] == '\0');
  CHECK(laminar_result_num_rows(NULL) == 0 && laminar_result_num_columns(NULL) == 0);
  CHECK(laminar_result_column_name(NULL, 0) == NULL && laminar_result_column_type(NULL, 0) == NULL);
  CHECK(laminar_result_column_nullable(NULL, 0) == 0);
  CHECK(laminar_result_epoch(NULL) == 0 && laminar_result_is_snapshot(NULL) == 0);
  CHECK(laminar_batch_num_columns(NULL) == 0 && laminar_batch_num_rows(NULL) == 0);
  CHECK(laminar_batch_column(NULL, "k") == -1);
  CHECK(laminar_writer_current_watermark(NULL) == INT64_MIN);
  CHECK(laminar_subscription_is_active(NULL) == 0 && laminar_callback_subscription_is_active(NULL) == 0);
  CHECK(laminar_list_size(NULL) == 0 && laminar_list_get(NULL, 0) == NULL);
  laminar_batch_abandon_row(NULL);
  laminar_batch_clear(NULL);
  laminar_subscription_cancel(NULL);
  laminar_callback_subscription_cancel(NULL);
  laminar_callback_subscription_wait(NULL);
  laminar_error_free(NULL);
  laminar_config_free(NULL);
  laminar_connection_free(NULL);
  laminar_result_free(NULL);
  laminar_free(NULL);
  laminar_batch_free(NULL);
  laminar_writer_free(NULL);
  laminar_subscription_free(NULL);
  laminar_callback_subscription_free(NULL);
  laminar_list_free(NULL);
  laminar_connection_free(conn);
}

int main(void) {
  TestErrors();
  TestConfig();
  TestSqlAndResults();
  TestQueryStream();
  TestParameters();
  TestTransactions();
  TestArrowIngestion();
  TestTextIngestion();
  TestBatches();
  TestWriters();
  TestSubscriptions();
  TestCallbacks();
  TestSinks();
  TestFacts();
  TestLifecycle();
  TestNull();
  if (failures > 0) fprintf(stderr, "%d checks do not hold\n", failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
