// Package drone is a client of Drone's API, versions 1.x and 2.x: the vendor's own, drone-go, bound to a context, and the few calls
// that drone-go lacks or cannot express. [Login] logs a Gitea user in at Drone over HTTP, as a person does with a browser: without it
// Drone has no access to Gitea, and a token for Drone's API does not change that.
//
// What the server does beside its documents:
//
//   - POST /api/repos/{namespace}/{name} deletes and recreates the hook in Gitea, and makes the caller the owner, however often it
//     is called.
//   - PATCH of a repository answers 200 to every user who may write it and leaves out what only Drone's administrators may change.
//   - A cron job's expression cannot be changed, and its target not be given when it is made.
//   - Answers of Gitea come as a 500 with Gitea's status text: see [NoGrant] and [NotInGitea].
//   - 401 is also the answer to a user who is not a member of an organisation; its message is then "Not Found".
package drone
