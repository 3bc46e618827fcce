// A query on the list of running queries for as long as this lives.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "main/database.h"

namespace laminar {

class ListedQuery {
 public:
  ListedQuery(QueryRegistry& queries, std::string sql, std::function<void()> cancel)
      : queries_(queries), id_(queries.NewId()) {
    queries_.Start(id_, std::move(sql), std::move(cancel));
  }
  ~ListedQuery() { queries_.Finish(id_); }
  ListedQuery(const ListedQuery&) = delete;
  ListedQuery& operator=(const ListedQuery&) = delete;

 private:
  QueryRegistry& queries_;
  const uint64_t id_;
};

}  // namespace laminar
