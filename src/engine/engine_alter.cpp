// ALTER: changes of a source, table or stream that exists.
#include <utility>

#include "engine/engine.h"
#include "exec/table_state.h"

namespace laminar {

Status Engine::AddColumn(const std::string& name, const Field& field,
                         const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill, std::string_view definition) {
  std::lock_guard step(step_mutex_);
  RunStep();  // what was accepted has the columns of before
  LAMINAR_RETURN_NOT_OK(collapse_.Clone());
  std::lock_guard intake(intake_mutex_);
  LAMINAR_ASSIGN_OR_RETURN(Source * source, FindSourceLocked(name));
  if (source->definition().keeps_history) {
    LAMINAR_RETURN_NOT_OK(source->history.Widen(field.type, fill, &memory_.space()));
  } else {
    Stream& stream = *named_streams_.at(name);
    LAMINAR_RETURN_NOT_OK(stream.dataflow().status().Clone());
    LAMINAR_RETURN_NOT_OK(static_cast<TableState&>(stream.dataflow().OperatorAt(0)).Widen(field.type, fill));
    stream.Widen(field);
  }
  source->Widen(field.type);
  return MustDefineLocked(definition);
}

Status Engine::Rename(const std::string& name, const std::string& to, std::string_view definition) {
  std::lock_guard step(step_mutex_);
  RunStep();
  std::lock_guard intake(intake_mutex_);
  LAMINAR_RETURN_NOT_OK(DefineLocked(definition));
  if (auto source = sources_.extract(name)) {
    source.key() = to;
    source.mapped()->Rename(to);
    sources_.insert(std::move(source));
  }
  if (auto stream = named_streams_.extract(name)) {
    stream.key() = to;
    Stream& renamed = *stream.mapped();
    renamed.Rename(to);
    for (size_t i = 0; i < renamed.dataflow().spec().inputs.size(); ++i) {
      if (renamed.dataflow().spec().inputs[i].relation == name) renamed.dataflow().RenameInput(static_cast<int>(i), to);
    }
    named_streams_.insert(std::move(stream));
  }
  return Status::OK();
}

}  // namespace laminar
