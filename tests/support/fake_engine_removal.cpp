// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>

#include "support/fake_engine_model.h"

// Deletions with the engine's own refusals: graphdriver and containerd stores differ, Podman differs more.
namespace caretaker::fake {
namespace {

std::string hex_id(const std::string& id) {
  const std::size_t colon = id.find(':');
  return colon == std::string::npos ? id : id.substr(colon + 1);
}

bool is_id_of(const Image& image, const std::string& name) {
  return image.id.starts_with(name) || hex_id(image.id).starts_with(name);
}

Refusal conflict(const std::string& what, bool hard, const std::string& why) {
  const std::string how = hard ? "cannot be forced" : "must be forced";
  return {409, "conflict: unable to delete " + what + " (" + how + ") - " + why, ""};
}

const Container* first(const std::vector<const Container*>& users, bool running) {
  const auto found =
      std::ranges::find_if(users, [&](const Container* user) { return is_running(*user) == running; });
  return found == users.end() ? nullptr : *found;
}

}  // namespace

// One DELETE /images/{name}.
class ImageRemover {
 public:
  ImageRemover(Model& model, const Image& image, std::string name, bool force, bool prune_parents)
      : model_(model),
        id_(image.id),
        name_(std::move(name)),
        by_id_(is_id_of(image, name_)),
        force_(force),
        prune_parents_(prune_parents),
        users_(model.users_of_image(image)) {}

  ImageRemoval remove() {
    if (model_.options.kind == EngineKind::podman) {
      remove_as_podman();
    } else if (by_id_) {
      remove_by_id();
    } else {
      remove_by_reference();
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] const Image& image() const { return model_.images.at(id_); }
  [[nodiscard]] bool is_graphdriver() const { return model_.options.store == ImageStore::graphdriver; }

  void refuse(Refusal refusal) { result_.refusal = std::move(refusal); }

  void untag(const std::string& reference) {
    model_.untag(reference);
    result_.records.emplace_back("Untagged", familiar(reference));
    model_.raise("image", "untag", id_, {{"name", is_graphdriver() ? id_ : familiar(reference)}});
  }

  void untag_all() {
    const Image copy = image();
    for (const std::string& tag : copy.tags) untag(tag);
    // Digest references that the containerd store tells of go silently with their tags.
    for (const std::string& digest : copy.digests) {
      is_graphdriver() ? untag(digest) : model_.untag(digest);
    }
  }

  [[nodiscard]] std::optional<Refusal> use_conflict(bool stopped_too) const {
    if (const Container* user = first(users_, true)) {
      return conflict(short_id(id_), true, "image is being used by running container " + short_id(user->id));
    }
    const Container* user = first(users_, false);
    if (user == nullptr || !stopped_too) return std::nullopt;
    return conflict(short_id(id_), false, "image is being used by stopped container " + short_id(user->id));
  }

  [[nodiscard]] std::optional<Refusal> child_conflict() const {
    if (!is_graphdriver() || !model_.has_children(image())) return std::nullopt;
    return conflict(short_id(id_), true, "image has dependent child images");
  }

  void remove_by_id() {
    if (auto refusal = child_conflict()) return refuse(*refusal);
    const bool referenced = image().tags.size() > 1 && !force_;
    // The stores look in different order: a stopped container before the tags, or after them.
    if (auto refusal = use_conflict(!force_ && !(referenced && is_graphdriver()))) return refuse(*refusal);
    if (referenced) {
      return refuse(conflict(short_id(id_), false, "image is referenced in multiple repositories"));
    }
    delete_image();
  }

  void remove_by_reference() {
    const bool is_digest = name_.find('@') != std::string::npos;
    const std::size_t others = is_digest ? image().tags.size() : image().tags.size() - 1;
    if (others > 0) return untag_one();
    if (!users_.empty() && !force_) return refuse(last_reference_conflict());
    if (child_conflict() || !users_.empty()) return untag_all();
    delete_image();
  }

  // With the last tag of a repository its digests go as well.
  void untag_one() {
    untag(whole_reference(name_));
    const Image copy = image();
    const std::string repository = repository_of(whole_reference(name_));
    const bool tag_left = std::ranges::any_of(
        copy.tags, [&](const std::string& tag) { return repository_of(whole_reference(tag)) == repository; });
    for (const std::string& digest : copy.digests) {
      if (tag_left || repository_of(whole_reference(digest)) != repository) continue;
      is_graphdriver() ? untag(digest) : model_.untag(digest);
    }
  }

  [[nodiscard]] Refusal last_reference_conflict() const {
    const std::string why =
        "container " + short_id(users_.front()->id) + " is using its referenced image " + short_id(id_);
    if (!is_graphdriver()) return conflict(familiar(whole_reference(name_)), false, why);
    return {409, "conflict: unable to remove repository reference \"" + name_ + "\" (must force) - " + why,
            ""};
  }

  void delete_image() {
    const std::string parent = image().parent_id;
    // The containerd store keeps what children need, without a name, and still says that it is gone.
    const bool stays = !is_graphdriver() && !image().tags.empty() && model_.has_children(image());
    untag_all();
    if (!stays) model_.images.erase(id_);
    result_.records.emplace_back("Deleted", id_);
    if (is_graphdriver()) result_.records.emplace_back("Deleted", "sha256:1a7e" + hex_id(id_).substr(4));
    model_.raise("image", "delete", id_, {{"name", id_}});
    if (prune_parents_) delete_parent(parent);
  }

  void delete_parent(const std::string& parent) {
    const auto found = model_.images.find(parent);
    if (found == model_.images.end() || !found->second.tags.empty() || model_.has_children(found->second) ||
        !model_.users_of_image(found->second).empty()) {
      return;
    }
    id_ = parent;
    delete_image();
  }

  void remove_as_podman() {
    const Image copy = image();
    if (copy.tags.size() > 1 && by_id_ && !force_) {
      return refuse({500,
                     "unable to delete image \"" + hex_id(id_) +
                         "\" by ID with more than one tag: please force removal",
                     "please force removal"});
    }
    if (copy.tags.size() > 1 && !by_id_) {
      model_.untag(whole_reference(name_));
      model_.raise("image", "untag", id_, {{"name", name_}});
      result_.records.emplace_back("Untagged", name_);
      return;
    }
    if (!users_.empty()) {
      return refuse({409,
                     "image " + name_ + " is in use: image used by " + users_.front()->id +
                         ": image is in use by a container: consider listing external containers and "
                         "force-removing image",
                     "image is in use by a container"});
    }
    model_.unindex(copy);
    model_.images.erase(id_);
    result_.records.emplace_back("Deleted", hex_id(id_));
    for (const std::string& tag : copy.tags) result_.records.emplace_back("Untagged", tag);
    for (const std::string& tag : copy.tags) model_.raise("image", "untag", id_, {{"name", tag}});
    model_.raise("image", "delete", id_, {{"name", hex_id(id_)}});
  }

  Model& model_;
  std::string id_;
  std::string name_;
  bool by_id_;
  bool force_;
  bool prune_parents_;
  std::vector<const Container*> users_;
  ImageRemoval result_;
};

ImageRemoval Model::remove_image(const std::string& name, bool force, bool prune_parents) {
  const Image* image = find_image(name);
  if (image != nullptr) return ImageRemover(*this, *image, name, force, prune_parents).remove();
  if (options.kind == EngineKind::podman) {
    return {
        Refusal{404, "failed to find image " + name + ": " + name + ": image not known", "image not known"},
        {}};
  }
  const bool is_id = name.starts_with("sha256:") || is_hex_id(name);
  return {Refusal{404, "No such image: " + (is_id ? name : whole_reference(name)), ""}, {}};
}

std::optional<Refusal> Model::remove_container(const std::string& name, bool force, bool with_volumes) {
  const bool podman = options.kind == EngineKind::podman;
  const Container* found = find_container(name);
  if (found == nullptr) {
    const std::string podman_message =
        "no container with name or ID \"" + name + "\" found: no such container";
    return Refusal{404, podman ? podman_message : "No such container: " + name, "no such container"};
  }
  const Container container = *found;
  if (container.state == "removing") {
    return Refusal{409, "removal of container " + name + " is already in progress",
                   "container state improper"};
  }
  if (is_running(container) && !force) {
    const std::string docker_message = "cannot remove container \"/" + container.name + "\": container is " +
                                       container.state +
                                       ": stop the container before removing or force remove";
    const std::string podman_message = "cannot remove container " + container.id + " as it is " +
                                       container.state +
                                       " - running or paused containers cannot be removed without force: "
                                       "container state improper";
    return Refusal{409, podman ? podman_message : docker_message, "container state improper"};
  }
  drop_container(container.id);
  for (const ContainerMount& mount : container.mounts) {
    const auto volume = volumes.find(mount.name);
    const bool goes = with_volumes && mount.type == ContainerMount::Type::volume && volume != volumes.end() &&
                      is_anonymous(volume->second) && users_of_volume(mount.name).empty();
    if (goes) drop_volume(mount.name);
  }
  return std::nullopt;
}

std::optional<Refusal> Model::remove_volume(const std::string& name, bool force) {
  const bool podman = options.kind == EngineKind::podman;
  if (!volumes.contains(name)) {
    if (force) return std::nullopt;
    const std::string podman_message = "no volume with name \"" + name + "\" found: no such volume";
    return Refusal{404, podman ? podman_message : "get " + name + ": no such volume", "no such volume"};
  }
  const std::vector<const Container*> users = users_of_volume(name);
  if (!users.empty()) {
    const std::string& user = users.front()->id;
    const std::string podman_message =
        "volume " + name + " is being used by the following container(s): " + user + ": volume is being used";
    const std::string docker_message = "remove " + name + ": volume is in use - [" + user + "]";
    return Refusal{409, podman ? podman_message : docker_message, "volume is being used"};
  }
  drop_volume(name);
  return std::nullopt;
}

std::optional<Refusal> Model::remove_network(const std::string& name) {
  const bool podman = options.kind == EngineKind::podman;
  const Network* network = find_network(name);
  if (network == nullptr) {
    const std::string podman_message =
        "unable to find network with name or ID " + name + ": network not found";
    return Refusal{404, podman ? podman_message : "network " + name + " not found", "network not found"};
  }
  if (is_predefined(*network)) {
    if (podman) {
      const std::string message = "default network " + network->name + " cannot be removed";
      return Refusal{500, message, message};
    }
    return Refusal{403, network->name + " is a pre-defined network and cannot be removed", ""};
  }
  if (!endpoints(*network).empty() || network->endpoints.value_or(0) > 0) {
    if (podman) {
      return Refusal{
          500,  // of network errors Podman 4 tells 404 only
          '"' + network->name +
              "\" has associated containers with it. Use -f to forcibly delete containers and pods: "
              "network is being used",
          "network is being used"};
    }
    return Refusal{403, "error while removing network: network " + network->name + " has active endpoints",
                   ""};
  }
  drop_network(network->id);
  return std::nullopt;
}

}  // namespace caretaker::fake
