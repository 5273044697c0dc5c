// Package values loads, merges, decrypts and validates the Otomi Values.
//
// # Sources
//
// From the lowest to the highest: the variable OTOMI_VALUES, the sources of
// the Request in their order, the other variables. Maps merge, everything
// else is replaced, and a null or an empty text says nothing.
//
// A source is a YAML or JSON file, "-" for standard input, a folder, or the
// address of a Git repository. Of a folder, env below it (or else the folder
// itself) is read. A values repository of the platform is read by the table of
// its layout (package layout). In any other folder the files *.yaml and *.yml
// are read in the order of their paths, then those of them that are named
// secrets.*, in the same order; each holds its settings by their full path, and
// those below teams may fill teamConfig only. Hidden files are left out, and
// folders that hold charts or what teams write themselves. Values.Unread names
// what was not read.
//
// Which release of the platform the values belong to (package platform) is known
// from their version, from what the folder holds, or from Request.Platform. It
// decides the defaults below, and more names; values that say no version are
// read with the defaults below.
//
// An address is git+https://host/repository.git?ref=main&path=env. The ref is a
// branch, else a tag, a full name (refs/…) or the whole id of a commit; without
// it the default branch is read. The path is a folder, read as a directory is,
// or a file; without it the whole repository is the directory. Symbolic links
// are refused and submodules left out. OTOMI_TASKS_GIT_USERNAME and
// OTOMI_TASKS_GIT_PASSWORD log in to every repository that is named, each or its
// <name>_FILE; an address with a user in it is refused. A password alone is
// taken for a token. git+http is for addresses inside a cluster: anyone on the path can read
// and change such values.
//
// A file with a top-level key sops is decrypted with the age identities in
// SOPS_AGE_KEY and SOPS_AGE_KEY_FILE, and with nothing else.
//
// # Settings
//
// Unknown keys are ignored. <suffix> is cluster.domainSuffix.
//
//	path                                 variable                                       default
//	cluster.domainSuffix
//	otomi.hasExternalIDP                 FEAT_EXTERNAL_IDP                              false
//	otomi.adminPassword
//	users                                USERS                                          only for a release of the platform
//	oidc.issuer                          IDP_OIDC_URL
//	oidc.clientID                        IDP_CLIENT_ID
//	oidc.clientSecret                    IDP_CLIENT_SECRET *
//	oidc.usernameClaimMapper             IDP_USERNAME_CLAIM_MAPPER                      ${CLAIM.upn}
//	oidc.subClaimMapper                  IDP_SUB_CLAIM_MAPPER                           sub
//	oidc.adminGroupID                    IDP_GROUP_OTOMI_ADMIN
//	oidc.teamAdminGroupID                IDP_GROUP_TEAM_ADMIN
//	apps.keycloak.lives.ssoIdle          KC_SESSION_IDLE_TIMEOUT                        that of the release
//	apps.keycloak.lives.ssoMax           KC_SESSION_MAX_LIFESPAN                        that of the release
//	apps.keycloak.lives.accessToken      KC_ACCESS_TOKEN_LIFESPAN                       that of the release
//	apps.keycloak.lives.implicitToken    KC_ACCESS_TOKEN_LIFESPAN_FOR_IMPLICIT_FLOW     that of the release
//	apps.keycloak.lives.offlineIdle      KC_OFFLINE_SESSION_IDLE_TIMEOUT                that of the release
//	apps.keycloak.lives.offlineMax       KC_OFFLINE_SESSION_MAX_LIFESPAN                that of the release
//	apps.keycloak.address                KEYCLOAK_ADDRESS_INTERNAL, KEYCLOAK_ADDRESS    apps.keycloak.hostnameURL
//	apps.keycloak.hostnameURL            KEYCLOAK_HOSTNAME_URL, KC_HOSTNAME_URL         https://keycloak.<suffix>
//	apps.keycloak.adminUsername          KEYCLOAK_ADMIN                                 admin
//	apps.keycloak.adminPassword          KEYCLOAK_ADMIN_PASSWORD *                      otomi.adminPassword
//	apps.keycloak.adminRealm             KEYCLOAK_REALM                                 master
//	apps.keycloak.realm                                                                 otomi
//	apps.keycloak.theme                  KEYCLOAK_THEME_LOGIN                           otomi
//	apps.keycloak.accountTheme                                                          unmanaged
//	apps.keycloak.emailTheme                                                            unmanaged
//	apps.keycloak.rememberMe                                                            unmanaged
//	apps.keycloak.tokenTTL               KEYCLOAK_TOKEN_TTL                             28800
//	apps.keycloak.offlineTTL             KEYCLOAK_TOKEN_OFFLINE_TTL                     604800
//	apps.keycloak.offlineMaxEnabled      KC_OFFLINE_SESSION_MAX_LIFESPAN_ENABLED, KEYCLOAK_TOKEN_OFFLINE_MAX_TTL_ENABLED true
//	apps.keycloak.redirectURIs           REDIRECT_URIS                                  those of the hosts that log in through the client
//	apps.keycloak.idp.alias              IDP_ALIAS                                      otomi-idp
//	apps.keycloak.idp.clientID           KEYCLOAK_CLIENT_ID                             otomi
//	apps.keycloak.idp.clientSecret       KEYCLOAK_CLIENT_SECRET *
//	apps.harbor.enabled                                                                 true
//	apps.harbor.address                  HARBOR_BASE_URL                                https://harbor.<suffix>
//	apps.harbor.baseRepoURL              HARBOR_BASE_REPO_URL                           harbor.<suffix>
//	apps.harbor.adminUsername            HARBOR_USER                                    admin
//	apps.harbor.adminPassword            HARBOR_PASSWORD *                              otomi.adminPassword
//	apps.harbor.robotNamePrefix                                                         what Harbor has; otomi- where it has no robot accounts
//	apps.harbor.robotDuration                                                           -1 (days; -1 never expires)
//	apps.harbor.teamDefaults                                                            teamConfig.<id>.harbor of every team
//	apps.harbor.oidc.endpoint            OIDC_ENDPOINT                                  <apps.keycloak.hostnameURL>/realms/<apps.keycloak.realm>
//	apps.harbor.oidc.clientID            OIDC_CLIENT_ID                                 apps.keycloak.idp.clientID
//	apps.harbor.oidc.clientSecret        OIDC_CLIENT_SECRET *                           apps.keycloak.idp.clientSecret
//	apps.harbor.oidc.verifyCert          OIDC_VERIFY_CERT                               true
//	apps.harbor.oidc.userClaim           OIDC_USER_CLAIM                                email
//	apps.harbor.oidc.autoOnboard         OIDC_AUTO_ONBOARD                              true
//	apps.cert-manager.issuer                                                            custom-ca (only for a release of the platform)
//	apps.cert-manager.stage
//	apps.gitea.enabled                                                                  true
//	apps.gitea.address                   GITEA_URL                                      https://gitea.<suffix>
//	apps.gitea.adminUsername             GITEA_USERNAME                                 otomi-admin
//	apps.gitea.adminPassword             GITEA_PASSWORD *                               otomi.adminPassword
//	apps.gitea.adminToken                GITEA_TOKEN *
//	apps.gitea.owners
//	apps.gitea.hooks                                                                    contentType: json, events: [push], active: true
//	apps.gitea.repos                                                                    private: true
//	otomi.git.username                                                                  APL 4.15 to 5.1: the administrator of Gitea
//	otomi.git.password                                                                  and the password
//	apps.argocd.enabled                                                                 false
//	apps.drone.enabled                                                                  true
//	apps.drone.address                   DRONE_URL                                      https://drone.<suffix>
//	apps.drone.adminUser                                                                otomi-admin
//	apps.drone.adminToken                DRONE_TOKEN *
//	apps.drone.namespace                 DRONE_NAMESPACE                                drone
//	apps.drone.sourceControl.provider                                                   gitea
//	apps.drone.sourceControl.gitea.server                                                https://gitea.<suffix>
//	apps.drone.repos                                                                    unmanaged
//	apps.drone.secrets                                                                  unmanaged
//	apps.drone.templates                                                                unmanaged
//	oidc.platformAdminGroupID            IDP_GROUP_PLATFORM_ADMIN
//	oidc.allTeamsAdminGroupID            IDP_GROUP_ALL_TEAMS_ADMIN
//	teamConfig.<id>.oidc.groupMapping
//	teamConfig.<id>.password
//	teamConfig.<id>.selfService.apps
//	teamConfig.<id>.users                                                               username: the email
//	teamConfig.<id>.harbor
//	teamConfig.<id>.drone.repos                                                         unmanaged
//	teamConfig.<id>.harbor.storageQuota                                                 unmanaged (10Gi, 500Mi, bytes, unlimited)
//	teamConfig.<id>.harbor.public                                                       false
//	teamConfig.<id>.harbor.autoScan                                                     unmanaged
//	teamConfig.<id>.harbor.autoSBOM                                                     unmanaged
//	teamConfig.<id>.harbor.preventVulnerable                                                unmanaged
//	teamConfig.<id>.harbor.severity                                                     unmanaged
//	teamConfig.<id>.harbor.retention                                                    unmanaged; schedule: daily; rules[]: repositories and tags **, untagged true
//	teamConfig.<id>.harbor.immutableTags                                                unmanaged; repositories and tags **
//	teamConfig.<id>.gitea.description                                                   unmanaged
//	teamConfig.<id>.gitea.members
//	teamConfig.<id>.gitea.users                                                         mustChangePassword: where initialPassword is given
//	teamConfig.<id>.gitea.repos                                                         private: true
//
// The names of administrators' groups belong to a generation of the platform:
// see package platform. TEAM_IDS (JSON) limits the keys of teamConfig, and
// IDP_GROUP_MAPPINGS_TEAMS (JSON) stands for teamConfig.<id>.oidc.groupMapping.
//
// In the sections harbor of a team and apps.harbor.teamDefaults a key that is
// not known is a problem: Harbor itself would take a typo silently. Each
// rule of a retention keeps one of latestPushed: n, latestPulled: n,
// pushedWithinDays: n, pulledWithinDays: n, always: true. Patterns are globs
// with ** and {a,b}; one that begins with ! is for everything else.
//
// A repository that Drone builds has a name, organisation/repository, and may have
// configPath, visibility, timeout (minutes), throttle, trusted, protected,
// ignoreForks, ignorePulls, cancelPulls, cancelPushes, cancelRunning, secrets[]
// (name, value, pullRequests, pullRequestPushes) and cron[] (name, expression of
// six fields or a word like @daily, branch, target, disabled). A secret or a
// template of an organisation names it in organisation; a template has its text
// in data. The platform's own repository otomi/values is always built, and only
// apps.drone.repos may set it up.
//
// Variables marked * are credentials: where one is not set, <name>_FILE may
// name a file that holds it, of which one line break at the end is dropped.
// An empty variable counts as not set.
//
// Two pairs of client credentials are easily mistaken for each other. Those
// below apps.keycloak.idp are the platform's own client in the platform's
// realm, which the applications log people in with. Those below oidc are
// what Keycloak itself uses at an external provider.
//
// The platform's realm is neither Keycloak's own, master, nor the one that the
// administrator logs in at, and its client none of those that Keycloak makes in
// every realm.
//
// TEAM_IDS, where it is set, says which teams there are: keys of teamConfig
// that it leaves out are not teams. The key admin is never one.
//
// WAIT_URL, WAIT_HOST, WAIT_OPTIONS (retries, status, minTimeout and
// maxTimeout in milliseconds) and NODE_EXTRA_CA_CERTS come out as Values.Wait
// and Values.ExtraCAFile.
package values
