/* The C interface: everything a program in C, or in a language that calls C, needs.
 *
 * It is long because it is the whole interface in one file: errors, configuration, connections, results, ingestion,
 * writers, subscriptions, sinks, facts. docs/c.md introduces it with a program.
 *
 * Errors. A function that can fail returns a laminar_status and takes `laminar_error** error` last, which may be NULL.
 * On LAMINAR_OK it sets *error to NULL; otherwise to a new object that says what is wrong, to be freed with
 * laminar_error_free. What *error held before is not looked at. Outputs are written on success; on failure handles are
 * set to NULL and numbers left alone. Nothing half-done remains of a call that failed.
 *
 * Ownership. Handles come from this library and are given back to the `..._free` of their kind. A `const char*` that a
 * function returns belongs to the handle it was asked of, and lives as long. Text and bytes that are passed in are
 * copied during the call. Arrow structures passed in are consumed by the call: their `release` has been called, or will
 * be, whether it succeeds or not.
 *
 * NULL. Every handle may be NULL: a function that can fail answers LAMINAR_INVALID_ARGUMENT, any other what its comment
 * says, else 0, NULL, "" or nothing. Freeing NULL does nothing.
 *
 * Text is UTF-8. SQL and names end with a zero byte; longer text has a size, -1 meaning up to its zero byte.
 *
 * Threads. A connection may be used by any number of threads at once; so may a subscription and a writer. A result is
 * immutable and may be read by any of them. A batch, a config, a list and an Arrow stream belong to one thread at a
 * time. A handle is freed when no other thread uses it.
 *
 * Time. Timestamps are integers in the unit of their column since 1970-01-01, dates are days, timeouts milliseconds.
 *
 * The numbers in this file do not change between versions, structures grow only at their ends, and no exception leaves
 * a function. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "laminar/arrow_c.h"

#if defined(_WIN32)
#define LAMINAR_API
#else
#define LAMINAR_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is running: "0.17.0". */
LAMINAR_API const char* laminar_version(void);

/* ---- Errors ---- */

/* 0, or what went wrong. From 100 on the numbers are those of C++ (laminar::ErrorCode) and of Python (laminardb.codes);
 * the hundreds name the family: connection, schema, ingestion, query, subscription, engine. */
typedef enum laminar_status {
  LAMINAR_OK = 0,
  /* The program's mistake: NULL where a value is needed, a row or column that is not there, a setting out of range. */
  LAMINAR_INVALID_ARGUMENT = 1,
  LAMINAR_CONNECTION_FAILED = 100,
  LAMINAR_CONNECTION_CLOSED = 101,
  LAMINAR_CONNECTION_IN_USE = 102,
  LAMINAR_TABLE_NOT_FOUND = 200,
  LAMINAR_TABLE_EXISTS = 201,
  LAMINAR_SCHEMA_MISMATCH = 202,
  LAMINAR_INVALID_SCHEMA = 203,
  LAMINAR_INGESTION_FAILED = 300,
  LAMINAR_WRITER_CLOSED = 301,
  LAMINAR_BATCH_SCHEMA_MISMATCH = 302,
  LAMINAR_QUERY_FAILED = 400,
  LAMINAR_SQL_PARSE_ERROR = 401,
  LAMINAR_QUERY_CANCELLED = 402,
  LAMINAR_SUBSCRIPTION_FAILED = 500,
  LAMINAR_SUBSCRIPTION_CLOSED = 501,
  LAMINAR_SUBSCRIPTION_TIMEOUT = 502,
  LAMINAR_INTERNAL_ERROR = 900, /* a mistake of the engine's, or no memory */
  LAMINAR_SHUTDOWN = 901
} laminar_status;

typedef struct laminar_error laminar_error;

LAMINAR_API void laminar_error_free(laminar_error* error);
/* LAMINAR_OK for NULL. */
LAMINAR_API laminar_status laminar_error_code(const laminar_error* error);
/* What is wrong, where, and what to do; of several lines when it shows a place in SQL. "" for NULL. */
LAMINAR_API const char* laminar_error_message(const laminar_error* error);
/* Byte offset into the SQL that was given to the call; -1 when the mistake is not in SQL. */
LAMINAR_API int64_t laminar_error_position(const laminar_error* error);
/* Rows that were accepted before an INSERT from a file failed: such a statement commits batch by batch. */
LAMINAR_API int64_t laminar_error_rows_inserted(const laminar_error* error);
/* Existing names nearest to a misspelt one, the best first; NULL when `index` is past the last. */
LAMINAR_API const char* laminar_error_candidate(const laminar_error* error, size_t index);

/* ---- Configuration ---- */

typedef struct laminar_config laminar_config;

/* Every setting at its default. NULL when there is no memory. */
LAMINAR_API laminar_config* laminar_config_new(void);
LAMINAR_API void laminar_config_free(laminar_config* config);
/* `key` and `value` as text:
 *
 *   buffer_size               rows a source may hold that no step has taken; past it writers wait (65536)
 *   storage_dir               directory of a durable database; overrides the path given to laminar_open (none)
 *   checkpoint_interval_secs  seconds, a fraction allowed (none)
 *   checkpoint_interval_ms    the same setting in milliseconds
 *   table_spill_threshold     rows of a source, table or operator below which it stays in memory (1000000)
 *   memory_limit              bytes; 0: three quarters of the machine's (0)
 *   durability                commit, interval or none (commit)
 *   workers                   threads that run steps; 0: one a core (0)
 *   backpressure_timeout      seconds a writer waits for room, a fraction allowed (10)
 *   read_only                 true: a directory as of its last checkpoint, in which nothing can be changed (false)
 *
 * LAMINAR_INVALID_ARGUMENT names an unknown key, or the setting whose value cannot be. */
LAMINAR_API laminar_status laminar_config_set(laminar_config* config, const char* key, const char* value,
                                              laminar_error** error);

/* ---- Connections ---- */

typedef struct laminar_connection laminar_connection;

/* ":memory:" is a database of its own each time; any other path is a directory, shared when it is opened again with an
 * equal config. `config` may be NULL, is copied, and stays the caller's. */
LAMINAR_API laminar_status laminar_open(const char* path, const laminar_config* config, laminar_connection** connection,
                                        laminar_error** error);
/* Ends the connection: every other call on it answers LAMINAR_CONNECTION_CLOSED, in threads that wait in one too. The
 * last one takes a volatile database along. Idempotent; the handle still has to be freed. */
LAMINAR_API laminar_status laminar_close(laminar_connection* connection, laminar_error** error);
/* 1 when closed, and for NULL. */
LAMINAR_API int laminar_is_closed(const laminar_connection* connection);
/* Closes it if need be. Results, subscriptions and writers made from it are freed before or after, by themselves. */
LAMINAR_API void laminar_connection_free(laminar_connection* connection);
/* Starts connectors. Idempotent; inserts and streams work without. */
LAMINAR_API laminar_status laminar_start(laminar_connection* connection, laminar_error** error);
/* Takes no more input, carries what was accepted to every subscriber's queue, then ends the subscriptions: queues stay
 * readable to their end. Inserting afterwards answers LAMINAR_SHUTDOWN. */
LAMINAR_API laminar_status laminar_shutdown(laminar_connection* connection, laminar_error** error);

/* Writes the state as of one epoch, without stopping the flow. *id names the checkpoint and grows; 0 when none was
 * written because neither storage_dir nor an interval is set. LAMINAR_INTERNAL_ERROR when it cannot be written: what
 * was there before still counts. */
LAMINAR_API laminar_status laminar_checkpoint(laminar_connection* connection, uint64_t* id, laminar_error** error);

/* ---- SQL ---- */

typedef struct laminar_result laminar_result;

/* Runs every statement of `sql` in order; the result of the last. The first error stops; what ran before stays.
 * `result` may be NULL. */
LAMINAR_API laminar_status laminar_exec(laminar_connection* connection, const char* sql, laminar_result** result,
                                        laminar_error** error);
/* One statement that returns rows. Whatever is wrong with it is LAMINAR_QUERY_FAILED, as in Python. */
LAMINAR_API laminar_status laminar_query(laminar_connection* connection, const char* sql, laminar_result** result,
                                         laminar_error** error);
/* Likewise, handed out batch by batch as an Arrow C stream: memory stays bounded by a batch. The caller calls
 * out->release, and may do so before the end and after laminar_connection_free. A failure comes out of get_next, as
 * ECANCELED when the query was cancelled, as EIO otherwise, with the message in get_last_error. The stream is read by
 * one thread at a time. */
LAMINAR_API laminar_status laminar_query_stream(laminar_connection* connection, const char* sql,
                                                struct ArrowArrayStream* out, laminar_error** error);
/* The current contents of a stream, source or table; `filter`, a condition in SQL, may be NULL. */
LAMINAR_API laminar_status laminar_query_name(laminar_connection* connection, const char* name, const char* filter,
                                              laminar_result** result, laminar_error** error);
/* Stops a running query or subscription. SHOW QUERIES has the ids; an unknown one is LAMINAR_TABLE_NOT_FOUND. */
LAMINAR_API laminar_status laminar_cancel_query(laminar_connection* connection, uint64_t id, laminar_error** error);
/* The plan of a statement as text, to be given back to laminar_free. */
LAMINAR_API laminar_status laminar_explain(laminar_connection* connection, const char* sql, char** text,
                                           laminar_error** error);
/* Frees text of laminar_explain and laminar_result_format. */
LAMINAR_API void laminar_free(void* memory);

/* What changes rows through this connection between begin and commit becomes one epoch. */
LAMINAR_API laminar_status laminar_begin(laminar_connection* connection, laminar_error** error);
LAMINAR_API laminar_status laminar_commit(laminar_connection* connection, laminar_error** error);
LAMINAR_API laminar_status laminar_rollback(laminar_connection* connection, laminar_error** error);

/* ---- Results ---- */

typedef enum laminar_result_kind {
  LAMINAR_RESULT_NONE = 0, /* of NULL */
  LAMINAR_RESULT_DDL = 1,
  LAMINAR_RESULT_ROWS_AFFECTED = 2,
  LAMINAR_RESULT_QUERY = 3,   /* has rows */
  LAMINAR_RESULT_METADATA = 4 /* has rows: SHOW, DESCRIBE, EXPLAIN */
} laminar_result_kind;

LAMINAR_API void laminar_result_free(laminar_result* result);
/* Another handle on the same rows, without copying them. NULL for NULL, or when there is no memory. */
LAMINAR_API laminar_result* laminar_result_share(const laminar_result* result);
LAMINAR_API laminar_result_kind laminar_result_get_kind(const laminar_result* result);
/* Rows inserted, updated or deleted. */
LAMINAR_API int64_t laminar_result_rows_affected(const laminar_result* result);
/* Of DDL: "CREATE SOURCE", and the name; "" otherwise. */
LAMINAR_API const char* laminar_result_ddl_type(const laminar_result* result);
LAMINAR_API const char* laminar_result_ddl_object(const laminar_result* result);
/* NULL when `index` is past the last. */
LAMINAR_API const char* laminar_result_warning(const laminar_result* result, size_t index);

LAMINAR_API int64_t laminar_result_num_rows(const laminar_result* result);
LAMINAR_API int laminar_result_num_columns(const laminar_result* result);
/* NULL when there is no such column. */
LAMINAR_API const char* laminar_result_column_name(const laminar_result* result, int column);
/* The SQL type: "BIGINT", "TIMESTAMP(6)". NULL when there is no such column. */
LAMINAR_API const char* laminar_result_column_type(const laminar_result* result, int column);
/* 1 when the column may hold NULL. */
LAMINAR_API int laminar_result_column_nullable(const laminar_result* result, int column);
/* Of a subscription: the epoch whose net change (or, with is_snapshot, whose whole result) this is. Of a query: the
 * epoch it saw. */
LAMINAR_API uint64_t laminar_result_epoch(const laminar_result* result);
LAMINAR_API int laminar_result_is_snapshot(const laminar_result* result);

/* Cell by cell, for small results; 0-based. A cell of another type, or NULL where a value is asked for, is
 * LAMINAR_QUERY_FAILED. The integer form serves every integer type, dates (days), times and timestamps (in their unit),
 * the double form floats and decimals. */
LAMINAR_API laminar_status laminar_result_is_null(const laminar_result* result, int64_t row, int column, int* is_null,
                                                  laminar_error** error);
LAMINAR_API laminar_status laminar_result_int64(const laminar_result* result, int64_t row, int column, int64_t* value,
                                                laminar_error** error);
LAMINAR_API laminar_status laminar_result_double(const laminar_result* result, int64_t row, int column, double* value,
                                                 laminar_error** error);
LAMINAR_API laminar_status laminar_result_bool(const laminar_result* result, int64_t row, int column, int* value,
                                               laminar_error** error);
/* Text or bytes, which belong to the result and do not end with a zero byte. */
LAMINAR_API laminar_status laminar_result_text(const laminar_result* result, int64_t row, int column, const char** text,
                                               size_t* size, laminar_error** error);
/* Any type, as the shell shows it ("NULL" for NULL): new text, to be given back to laminar_free. */
LAMINAR_API laminar_status laminar_result_format(const laminar_result* result, int64_t row, int column, char** text,
                                                 laminar_error** error);
/* Every row as an Arrow C stream that shares the result's memory and may outlive it. The caller calls out->release. */
LAMINAR_API laminar_status laminar_result_export(const laminar_result* result, struct ArrowArrayStream* out,
                                                 laminar_error** error);
/* The columns. The caller calls out->release. */
LAMINAR_API laminar_status laminar_result_export_schema(const laminar_result* result, struct ArrowSchema* out,
                                                        laminar_error** error);

/* ---- Ingestion ----
 *
 * Each call is taken whole or not at all, and a query sees its rows when it returns. It waits for room in the source
 * (at most backpressure_timeout). `rows` is how many were taken, and may be NULL. Columns are matched by name; rows
 * that do not fit are LAMINAR_BATCH_SCHEMA_MISMATCH, naming column, row and value. */

/* The batches of a stream. */
LAMINAR_API laminar_status laminar_insert_arrow_stream(laminar_connection* connection, const char* relation,
                                                       struct ArrowArrayStream* stream, int64_t* rows,
                                                       laminar_error** error);
/* One batch: a struct array and its schema. */
LAMINAR_API laminar_status laminar_insert_arrow_array(laminar_connection* connection, const char* relation,
                                                      struct ArrowSchema* schema, struct ArrowArray* array,
                                                      int64_t* rows, laminar_error** error);
/* An object, an array of objects, or one object a line. */
LAMINAR_API laminar_status laminar_insert_json(laminar_connection* connection, const char* relation, const char* text,
                                               int64_t size, int64_t* rows, laminar_error** error);
/* RFC 4180 with a header row. */
LAMINAR_API laminar_status laminar_insert_csv(laminar_connection* connection, const char* relation, const char* text,
                                              int64_t size, int64_t* rows, laminar_error** error);
/* A source with the columns of an Arrow schema. With `num_keys` names of columns as its primary key, a table. */
LAMINAR_API laminar_status laminar_create_table(laminar_connection* connection, const char* name,
                                                struct ArrowSchema* schema, const char* const* keys, size_t num_keys,
                                                laminar_error** error);
/* Tables with a primary key: inserts rows and puts them in the place of those with their keys. */
LAMINAR_API laminar_status laminar_upsert_arrow_stream(laminar_connection* connection, const char* table,
                                                       struct ArrowArrayStream* stream, int64_t* rows,
                                                       laminar_error** error);
/* Deletes the rows of these keys; `rows` is how many there were. */
LAMINAR_API laminar_status laminar_delete_arrow_stream(laminar_connection* connection, const char* table,
                                                       struct ArrowArrayStream* keys, int64_t* rows,
                                                       laminar_error** error);

/* Rows built cell by cell, coerced and checked as they come. */
typedef struct laminar_batch laminar_batch;

LAMINAR_API laminar_status laminar_batch_new(laminar_connection* connection, const char* relation,
                                             laminar_batch** batch, laminar_error** error);
/* A batch of keys, for laminar_delete: its columns are those of the table's primary key. */
LAMINAR_API laminar_status laminar_key_batch_new(laminar_connection* connection, const char* table,
                                                 laminar_batch** batch, laminar_error** error);
LAMINAR_API void laminar_batch_free(laminar_batch* batch);
LAMINAR_API int laminar_batch_num_columns(const laminar_batch* batch);
/* Ignoring case; -1 when there is none. */
LAMINAR_API int laminar_batch_column(const laminar_batch* batch, const char* name);
LAMINAR_API int64_t laminar_batch_num_rows(const laminar_batch* batch);
/* Cells of the row that is being built. A cell that is not set is NULL. A value that does not fit its column leaves the
 * cell unset: set it to another one, or abandon the row. */
LAMINAR_API laminar_status laminar_batch_set_null(laminar_batch* batch, int column, laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_bool(laminar_batch* batch, int column, int value, laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_int64(laminar_batch* batch, int column, int64_t value,
                                                   laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_uint64(laminar_batch* batch, int column, uint64_t value,
                                                    laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_double(laminar_batch* batch, int column, double value,
                                                    laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_text(laminar_batch* batch, int column, const char* text, int64_t size,
                                                  laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_bytes(laminar_batch* batch, int column, const void* bytes, size_t size,
                                                   laminar_error** error);
/* The unscaled value in decimal: "-12345" with scale 2 is -123.45. */
LAMINAR_API laminar_status laminar_batch_set_decimal(laminar_batch* batch, int column, const char* digits, int scale,
                                                     laminar_error** error);
/* Microseconds since 1970-01-01; `utc` is 1 when they count in UTC, 0 when the value had no zone. */
LAMINAR_API laminar_status laminar_batch_set_timestamp(laminar_batch* batch, int column, int64_t micros, int utc,
                                                       laminar_error** error);
/* Days since 1970-01-01. */
LAMINAR_API laminar_status laminar_batch_set_date(laminar_batch* batch, int column, int32_t days,
                                                  laminar_error** error);
/* Microseconds since midnight. */
LAMINAR_API laminar_status laminar_batch_set_time(laminar_batch* batch, int column, int64_t micros,
                                                  laminar_error** error);
LAMINAR_API laminar_status laminar_batch_set_interval(laminar_batch* batch, int column, int32_t months, int32_t days,
                                                      int64_t nanos, laminar_error** error);
/* Ends the row; a NULL in a NOT NULL column is refused, and the row can still be mended or abandoned. */
LAMINAR_API laminar_status laminar_batch_finish_row(laminar_batch* batch, laminar_error** error);
/* Forgets the row that is being built. */
LAMINAR_API void laminar_batch_abandon_row(laminar_batch* batch);
/* Forgets every row. */
LAMINAR_API void laminar_batch_clear(laminar_batch* batch);

/* Take the batch's rows and leave it empty, ready for more; when refused, the rows are gone too. */
LAMINAR_API laminar_status laminar_insert(laminar_connection* connection, laminar_batch* batch, int64_t* rows,
                                          laminar_error** error);
LAMINAR_API laminar_status laminar_upsert(laminar_connection* connection, laminar_batch* batch, int64_t* rows,
                                          laminar_error** error);
LAMINAR_API laminar_status laminar_delete(laminar_connection* connection, laminar_batch* keys, int64_t* rows,
                                          laminar_error** error);

/* ---- Writers: rows gathered for one source or table, handed over in batches, and its watermark ---- */

typedef struct laminar_writer laminar_writer;

LAMINAR_API laminar_status laminar_writer_new(laminar_connection* connection, const char* relation,
                                              laminar_writer** writer, laminar_error** error);
/* Flushes and closes if need be; what cannot be handed over any more is lost, so close first where that matters. */
LAMINAR_API void laminar_writer_free(laminar_writer* writer);
/* As laminar_insert; LAMINAR_WRITER_CLOSED after laminar_writer_close. */
LAMINAR_API laminar_status laminar_writer_insert(laminar_writer* writer, laminar_batch* batch, int64_t* rows,
                                                 laminar_error** error);
LAMINAR_API laminar_status laminar_writer_insert_arrow_stream(laminar_writer* writer, struct ArrowArrayStream* stream,
                                                              int64_t* rows, laminar_error** error);
/* Hands over what is buffered; `rows` is how many those were. */
LAMINAR_API laminar_status laminar_writer_flush(laminar_writer* writer, int64_t* rows, laminar_error** error);
/* Announces that no row before `time` will come through this writer, in the raw unit of the event-time column,
 * milliseconds when there is none. It never goes back. */
LAMINAR_API laminar_status laminar_writer_watermark(laminar_writer* writer, int64_t time, laminar_error** error);
/* The last announced; INT64_MIN before any. */
LAMINAR_API int64_t laminar_writer_current_watermark(const laminar_writer* writer);
/* Flushes. Idempotent. When rows are refused the writer stays open, with its rows. */
LAMINAR_API laminar_status laminar_writer_close(laminar_writer* writer, laminar_error** error);

/* ---- Subscriptions: the current result, then every epoch's net change, in order, once ---- */

typedef enum laminar_weights {
  LAMINAR_WEIGHTS_AUTO = 0,   /* a column __weight exactly when the result can retract */
  LAMINAR_WEIGHTS_ALWAYS = 1, /* always */
  LAMINAR_WEIGHTS_NEVER = 2   /* refuse a query whose result can retract */
} laminar_weights;

/* Zeroes are the defaults: `laminar_subscribe_options options = {0}`. NULL will do too. */
typedef struct laminar_subscribe_options {
  laminar_weights weights;
  int skip_snapshot; /* 1: only changes, not the current result first */
} laminar_subscribe_options;

typedef struct laminar_subscription laminar_subscription;

/* To a query. */
LAMINAR_API laminar_status laminar_subscribe(laminar_connection* connection, const char* sql,
                                             const laminar_subscribe_options* options,
                                             laminar_subscription** subscription, laminar_error** error);
/* To a stream by its name. */
LAMINAR_API laminar_status laminar_subscribe_stream(laminar_connection* connection, const char* name,
                                                    const laminar_subscribe_options* options,
                                                    laminar_subscription** subscription, laminar_error** error);
/* Waits for the next item, at most `timeout_ms`: 0 only looks, a negative one waits without end. *item is the caller's,
 * and NULL once the subscription has ended. LAMINAR_SUBSCRIPTION_TIMEOUT when time ran out,
 * LAMINAR_SUBSCRIPTION_CLOSED when the stream was dropped or failed. Two threads share the items between them. */
LAMINAR_API laminar_status laminar_subscription_next(laminar_subscription* subscription, int64_t timeout_ms,
                                                     laminar_result** item, laminar_error** error);
/* The columns of its items, before the first. The caller calls out->release. */
LAMINAR_API laminar_status laminar_subscription_export_schema(const laminar_subscription* subscription,
                                                              struct ArrowSchema* out, laminar_error** error);
/* 1 while more may come. */
LAMINAR_API int laminar_subscription_is_active(const laminar_subscription* subscription);
/* Wakes every thread that waits in laminar_subscription_next at once. Idempotent. */
LAMINAR_API void laminar_subscription_cancel(laminar_subscription* subscription);
/* Cancels if need be. */
LAMINAR_API void laminar_subscription_free(laminar_subscription* subscription);

/* By callback: a thread of the subscription's own calls these, one call at a time, without any lock of the engine, so
 * that they may call everything here. `change` and `error` belong to the library and live until the callback returns;
 * laminar_result_share keeps a change. What they return says whether to go on: 0 does, anything else ends the
 * subscription. */
typedef int (*laminar_on_change)(const laminar_result* change, void* user_data);
/* Why the stream ended early: dropped, or failed. */
typedef int (*laminar_on_error)(const laminar_error* error, void* user_data);
/* Called once, by whichever thread, when no callback will be called any more; also when the call that took `user_data`
 * failed. */
typedef void (*laminar_destroy)(void* user_data);

typedef struct laminar_callbacks {
  laminar_on_change on_change; /* needed */
  laminar_on_error on_error;   /* NULL: the error is logged */
  laminar_destroy destroy;     /* NULL: nothing to destroy */
  void* user_data;             /* handed to each; may be NULL */
} laminar_callbacks;

typedef struct laminar_callback_subscription laminar_callback_subscription;

/* `callbacks` is copied. */
LAMINAR_API laminar_status laminar_subscribe_callback(laminar_connection* connection, const char* sql,
                                                      const laminar_callbacks* callbacks,
                                                      laminar_callback_subscription** subscription,
                                                      laminar_error** error);
LAMINAR_API laminar_status laminar_subscribe_stream_callback(laminar_connection* connection, const char* name,
                                                             const laminar_callbacks* callbacks,
                                                             laminar_callback_subscription** subscription,
                                                             laminar_error** error);
LAMINAR_API int laminar_callback_subscription_is_active(const laminar_callback_subscription* subscription);
/* No new call begins; one that runs goes on. Idempotent. */
LAMINAR_API void laminar_callback_subscription_cancel(laminar_callback_subscription* subscription);
/* Waits until the subscription has ended and its last callback has returned; not in a callback of its own. */
LAMINAR_API void laminar_callback_subscription_wait(laminar_callback_subscription* subscription);
/* Cancels and waits; in a callback of its own it does not wait. */
LAMINAR_API void laminar_callback_subscription_free(laminar_callback_subscription* subscription);

/* ---- Sinks ---- */

/* Every change of `source` (a stream's name, or a SELECT) into callbacks->on_change, by a thread of the sink's own, the
 * current contents first unless `skip_snapshot`. A call that returns anything but 0 is counted and logged as an error,
 * and the next change is delivered; on_error is not called. DROP SINK takes the sink away. Other sinks: CREATE SINK. */
LAMINAR_API laminar_status laminar_create_sink(laminar_connection* connection, const char* name, const char* source,
                                               const laminar_callbacks* callbacks, int skip_snapshot,
                                               laminar_error** error);

/* ---- Facts ----
 *
 * SQL has them all (SHOW, information_schema, laminar_catalog); here are those that programs ask for most. */

typedef struct laminar_list laminar_list;

/* Names. */
LAMINAR_API laminar_status laminar_list_tables(laminar_connection* connection, laminar_list** list,
                                               laminar_error** error); /* sources and tables */
LAMINAR_API laminar_status laminar_list_sources(laminar_connection* connection, laminar_list** list,
                                                laminar_error** error);
LAMINAR_API laminar_status laminar_list_streams(laminar_connection* connection, laminar_list** list,
                                                laminar_error** error);
LAMINAR_API laminar_status laminar_list_sinks(laminar_connection* connection, laminar_list** list,
                                              laminar_error** error);
LAMINAR_API size_t laminar_list_size(const laminar_list* list);
/* NULL when `index` is past the last. */
LAMINAR_API const char* laminar_list_get(const laminar_list* list, size_t index);
LAMINAR_API void laminar_list_free(laminar_list* list);
/* The columns of a source, table or stream. The caller calls out->release. */
LAMINAR_API laminar_status laminar_export_schema(laminar_connection* connection, const char* name,
                                                 struct ArrowSchema* out, laminar_error** error);

typedef enum laminar_pipeline_state {
  LAMINAR_PIPELINE_CREATED = 0,
  LAMINAR_PIPELINE_RUNNING = 1,
  LAMINAR_PIPELINE_SHUTTING_DOWN = 2,
  LAMINAR_PIPELINE_STOPPED = 3
} laminar_pipeline_state;

/* Counts are rows; watermarks are milliseconds since 1970-01-01, INT64_MIN when there is none. */
typedef struct laminar_metrics {
  int64_t total_events_ingested;
  int64_t total_events_emitted;
  int64_t total_events_dropped;
  int64_t total_cycles;  /* steps */
  int64_t total_batches; /* accepted calls */
  double uptime_secs;
  laminar_pipeline_state state;
  int64_t source_count;
  int64_t stream_count;
  int64_t sink_count;
  int64_t pipeline_watermark;
} laminar_metrics;

/* Of one source or stream. */
typedef struct laminar_relation_metrics {
  int64_t total_events; /* rows taken in; of a stream, rows of net change made */
  int64_t late_events;  /* streams: dropped because all their windows had closed */
  int64_t error_events; /* streams: set aside because an expression failed */
  int64_t pending;      /* rows no step has taken; of a stream, rows its slowest subscriber has not read */
  int64_t capacity;     /* of what `pending` counts */
  int is_backpressured;
  int64_t watermark;
} laminar_relation_metrics;

/* `size` is sizeof(*out) as the program was compiled: a newer library fills no more than that. */
LAMINAR_API laminar_status laminar_get_metrics(laminar_connection* connection, laminar_metrics* out, size_t size,
                                               laminar_error** error);
/* LAMINAR_TABLE_NOT_FOUND when there is no such source or stream. */
LAMINAR_API laminar_status laminar_get_source_metrics(laminar_connection* connection, const char* name,
                                                      laminar_relation_metrics* out, size_t size,
                                                      laminar_error** error);
LAMINAR_API laminar_status laminar_get_stream_metrics(laminar_connection* connection, const char* name,
                                                      laminar_relation_metrics* out, size_t size,
                                                      laminar_error** error);

#ifdef __cplusplus
}
#endif
