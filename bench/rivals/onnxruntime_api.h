// The few entries of ONNX Runtime's C interface that the rival needs. The library hands out one table of
// functions, whose order never changes: new ones are added at its end. So a number says which one is meant,
// and no header of theirs is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <dlfcn.h>

namespace onnx_runtime {

// Opaque to users of the library.
struct Status;
struct Environment;
struct SessionOptions;
struct Session;
struct MemoryInfo;
struct Value;
struct RunOptions;

// Places in the table, as of version 7.
enum class Entry : std::size_t {
  get_error_message = 2,
  create_environment = 3,
  create_session = 7,
  run = 9,
  create_session_options = 10,
  set_graph_optimization_level = 23,
  set_intra_op_threads = 24,
  create_tensor_with_data = 49,
  create_cpu_memory_info = 69,
  add_free_dimension_override_by_name = 124,
  add_session_config_entry = 130,
};

class Library {
 public:
  explicit Library(const char* path) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void* symbol = library ? dlsym(library, "OrtGetApiBase") : nullptr;
    if (!symbol) throw std::runtime_error(dlerror());
    const Base* base = reinterpret_cast<const Base* (*)()>(symbol)();
    table_ = base->table_of_version(7);
    version_ = base->version_text();
    if (!table_)
      throw std::runtime_error("ONNX Runtime " + version_ + " does not offer version 7 of its interface");
  }

  const std::string& version() const { return version_; }

  // Calls an entry whose only result is a status, with arguments of exactly the types that it takes.
  template <class... Arguments>
  void call(Entry entry, Arguments... arguments) const {
    if (Status* status = function<Status*(Arguments...)>(entry)(arguments...)) {
      throw std::runtime_error(function<const char*(Status*)>(Entry::get_error_message)(status));
    }
  }

 private:
  struct Base {
    void* const* (*table_of_version)(std::uint32_t);
    const char* (*version_text)();
  };

  template <class Function>
  Function* function(Entry entry) const {
    return reinterpret_cast<Function*>(table_[static_cast<std::size_t>(entry)]);
  }

  void* const* table_ = nullptr;
  std::string version_;
};

}  // namespace onnx_runtime
