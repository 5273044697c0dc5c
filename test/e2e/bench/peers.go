package main

// The peers were measured once, on such a machine with light load; only their
// counts are exact anywhere else.
const keycloakPeers = `Peers on a real Keycloak 26.4.0, seconds / requests / writes:
                              teams  first run            second run           one change
  redkubes/otomi-tasks 2.5.0    100  3.4 / 634 / 414      2.2 / 532 / 312      2.6 / 532 / 312
                                500  5.2 / 3034 / 2014    4.0 / 2532 / 1512    4.3 / 2532 / 1512
  linode/apl-tasks 4.0.0        100  2.7 / 645 / 424      1.8 / 535 / 314      1.6 / 541 / 318
                                500  5.0 / 3045 / 2024    3.9 / 2535 / 1514    3.7 / 2541 / 1518
  Terraform, provider 5.5.0     100  6.8 / 1490 / 529     1.9 / 431 / 0        1.9 / 434 / 1
                                500  63 / 7090 / 2529     10.2 / 2031 / 0      10.6 / 2034 / 1
  keycloak-config-cli 6.5.0     100  17 / 1276 / 418      16.8 / 474 / 12      11 / 477 / 14

`

const harborPeers = `Peer on a real Harbor core 2.15.2 and a real Kubernetes, seconds / requests / writes:
                                         teams  first run            second run
  redkubes/otomi-tasks 2.5.0                any  exit 1: its robot asks for *:*, which 2.15 refuses
  the same, with that permission repaired      10  9.3 / 104 / 62       6.6 / 73 / 51, 30 of them refused
                                            100  68 / 1004 / 602, exit 1   36 / 533 / 335, exit 1

`

const giteaPeers = `Peers on a real Gitea 1.26.0, one repository a team, seconds / requests / writes; * under heavy load:
                              teams  first run            second run           one change
  redkubes/otomi-tasks 2.5.0     10  5.8 / 42 / 37        1.8 / 41 / 36        1.9 / 41 / 36
                                100  29.5 / 312 / 307     4.9 / 311 / 306 *1   4.6 / 311 / 306 *1
                                500* 320 / 1512 / 1507    55.6 / 1511 / 1506   36 / 1511 / 1506      *1
  Terraform, provider 0.8.1     100  29.2 / 616 / 307     9.3 / 1226 / 204     9.0 / 1226 / 204
                                500* 245 / 3016 / 1507    174 / 6034 / 1004    170 / 6034 / 1004
                              *1 exit 1; it sees 30 teams and 30 repositories

`
