module otomi.io/tasks/test/servers

go 1.26.0

require github.com/rogpeppe/go-internal v1.16.0

require github.com/google/go-cmp v0.7.0
