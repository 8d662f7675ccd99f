#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace scrawl {

/// Workspaces that are lent to one thread at a time and kept when they come back: there are as many as were
/// ever lent at once. Lending allocates only where all that there are have been lent.
template <class T>
class Spares {
  struct Node {
    T value;
    std::unique_ptr<Node> next = nullptr;
  };

 public:
  /// Gives it back at the end of its life, which must be within that of the Spares.
  class Loan {
   public:
    Loan(Spares& owner, std::unique_ptr<Node> node) : owner_(&owner), node_(std::move(node)) {}
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (node_) owner_->keep(std::move(node_));
    }
    T& operator*() const { return node_->value; }

   private:
    Spares* owner_;
    std::unique_ptr<Node> node_;
  };

  /// What was given back last, or what make() makes.
  template <class Make>
  Loan lend(const Make& make) {
    std::unique_ptr<Node> node = take();
    if (!node) node.reset(new Node{make()});
    return Loan(*this, std::move(node));
  }

 private:
  std::unique_ptr<Node> take() {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Node> node = std::move(first_);
    if (node) first_ = std::move(node->next);
    return node;
  }
  void keep(std::unique_ptr<Node> node) {
    const std::lock_guard lock(mutex_);
    node->next = std::move(first_);
    first_ = std::move(node);
  }

  std::mutex mutex_;
  std::unique_ptr<Node> first_;
};

}  // namespace scrawl
