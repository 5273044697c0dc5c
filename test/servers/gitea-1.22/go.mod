// Gitea 1.22.3, which tests run against. Its own replacements do not reach those who
// build it from outside: they are repeated here.
module otomi.io/tasks/test/servers/gitea-1.22

go 1.22

require code.gitea.io/gitea v1.22.3

replace github.com/hashicorp/go-version => github.com/6543/go-version v1.3.1
replace github.com/shurcooL/vfsgen => github.com/lunny/vfsgen v0.0.0-20220105142115-2c99e1ffdfa0
replace github.com/nektos/act => gitea.com/gitea/act v0.259.1
replace github.com/mholt/archiver/v3 => github.com/anchore/archiver/v3 v3.5.2

exclude github.com/gofrs/uuid v3.2.0+incompatible
exclude github.com/gofrs/uuid v4.0.0+incompatible
exclude github.com/goccy/go-json v0.4.11
exclude github.com/satori/go.uuid v1.2.0
