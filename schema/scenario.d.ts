/**
 * A scenario as it is written, generated from scenario.schema.json by `npm run schema`; never edited.
 */

export type Architecture =
  | 'x86-bios'
  | 'pc98'
  | 'itanium-uefi'
  | 'alpha'
  | 'arc-x86'
  | 'intel-lean-client'
  | 'ia32-uefi'
  | 'x64-uefi'
  | 'xscale-uefi'
  | 'ebc'
  | 'arm32-uefi'
  | 'arm64-uefi'
  | 'powerpc-open-firmware'
  | 'powerpc-epapr'
  | 'power-opal'
  | 'ia32-uefi-http'
  | 'x64-uefi-http'
  | 'ebc-http'
  | 'arm32-uefi-http'
  | 'arm64-uefi-http'
  | 'x86-bios-http'
  | 'arm32-u-boot'
  | 'arm64-u-boot'
  | 'arm32-u-boot-http'
  | 'arm64-u-boot-http'
  | 'riscv32-uefi'
  | 'riscv32-uefi-http'
  | 'riscv64-uefi'
  | 'riscv64-uefi-http'
  | 'riscv128-uefi'
  | 'riscv128-uefi-http'
  | 's390-basic'
  | 's390-extended'
  | 'mips32-uefi'
  | 'mips64-uefi'
  | 'sunway32-uefi'
  | 'sunway64-uefi'
  | 'loongarch32-uefi'
  | 'loongarch32-uefi-http'
  | 'loongarch64-uefi'
  | 'loongarch64-uefi-http'
  | 'arm-rpi'
export type Http =
  | ('on' | 'off' | 'closed' | 'silent')
  | {
      /**
       * Every request is answered with this status: 404, 503, 301 …
       */
      status?: number
      /**
       * Where a status of redirection leads
       */
      location?: string
      /**
       * Of every file; none: it says nothing, and UEFI goes by the end of the name (.efi, .iso, .img); default: by that end
       */
      contentType?: string
      /**
       * What HEAD gets: an answer without Content-Length, or 405
       */
      head?: 'noLength' | 'refused'
    }
export type Images =
  | string
  | {
      [k: string]:
        | number
        | string
        | {
            /**
             * Its first bytes
             */
            hex: string
            /**
             * In bytes, filled with a pattern; default: no more than hex
             */
            size?: number
          }
    }

export interface ScenarioFile {
  /**
   * For editors: location of the JSON Schema of this format; ignored by a run
   */
  $schema?: string
  /**
   * The scenario in a few words
   */
  title: string
  /**
   * The one lesson to learn from it
   */
  teaches?: string
  /**
   * Sentences of a guided tour
   */
  steps?: {
    /**
     * When the step is shown; default: at the start
     */
    at?: string
    /**
     * The machine to look at
     */
    client?: string
    /**
     * Shown when the machine first decides by this rule, such as E-19
     */
    choice?: string
    /**
     * Shown when this text first appears on its screen
     */
    screen?: string
    /**
     * What to look at
     */
    text: string
  }[]
  /**
   * Seed of all random draws; --seed overrides it
   */
  seed?: number
  /**
   * Virtual time after which a machine that is still trying counts as pending
   */
  limit?: string
  /**
   * Broadcast domains
   */
  subnets: {
    [k: string]: {
      /**
       * Network, such as 10.20.1.0/24
       */
      cidr: string
      /**
       * Link conditions of the segment
       */
      link?: Link
      /**
       * Switch features beyond plain forwarding
       */
      switch?: {
        /**
         * Delay between link-up and forwarding on a client port (spanning tree, LACP): after power-on, each reset, and a heal
         */
        forwardingDelay?: string
        /**
         * DHCP snooping: DHCP server messages are forwarded only from these servers and routers. Not given: no snooping
         */
        trusted?: string[] | string
        /**
         * IP packets above this size in bytes are dropped silently in both directions (an MTU black hole)
         */
        dropAbove?: number
      }
    }
  }
  /**
   * They join subnets and relay DHCP
   */
  routers?: {
    [k: string]: {
      /**
       * Subnets, or a map from subnet to the address of the router there (default: the first free one)
       */
      joins:
        | string[]
        | {
            [k: string]: string
          }
      /**
       * IP helper addresses: for each client subnet, the servers (names or addresses) to which DHCP broadcasts are relayed
       */
      relay?: {
        [k: string]: string[] | string
      }
      /**
       * Add relay agent information (option 82)
       */
      option82?: boolean
      /**
       * Default: the setting of the scenario
       */
      arp?: 'warm' | 'cold'
    }
  }
  /**
   * Whether the ARP caches of routers and hosts are filled at the start; cold: they resolve by ARP first, and packets beyond eight per address are dropped meanwhile
   */
  arp?: 'warm' | 'cold'
  /**
   * They know what each machine should do
   */
  notificationServers?: {
    [k: string]: {
      /**
       * Until it answers
       */
      delay?: string
      /**
       * It never answers
       */
      unreachable?: boolean
      /**
       * The first entry that matches a machine counts
       */
      computers?: {
        /**
         * MAC, or pattern such as '00:50:56:*', or a list of them; the first entry that matches counts
         */
        mac: string[] | string
        /**
         * How the console lists the machine
         */
        class?: 'managed' | 'predefined' | 'unknown'
        /**
         * False: an NBS stays silent to these machines
         */
        allow?: boolean
        /**
         * What the machine is told to do; production goes on to its disk
         */
        boot?: 'pxe' | 'automation' | 'production'
        /**
         * Boot image
         */
        image?: string
        /**
         * Architecture of the image
         */
        arch?: 'x86' | 'x64'
        /**
         * A job waits for this machine
         */
        jobRunning?: boolean
        /**
         * Seconds of prompt; 0 none, 255 wait without limit
         */
        prompt?: number
      }[]
      /**
       * For machines that nobody knows
       */
      unknown?: MachineClass
      /**
       * Defaults for computers of class predefined
       */
      predefined?: MachineClass
      /**
       * Defaults for computers of class managed
       */
      managed?: MachineClass
    }
  }
  /**
   * DHCP servers, Network Boot Services and other responders
   */
  servers?: {
    [k: string]:
      | {
          /**
           * A DHCP server
           */
          kind: 'dhcp'
          /**
           * Subnet
           */
          on: string
          /**
           * Address of the server on that subnet
           */
          address: string
          /**
           * Weather of the server's own cable, on top of the subnet's
           */
          link?: Link
          /**
           * A known product; the other fields override it. windows-dhcp: S-40 to S-43
           */
          preset?: 'windows-dhcp'
          /**
           * Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)
           */
          pool?: string[] | string
          /**
           * Pools that are told something of their own, a subnet each; the other fields are for all of them
           */
          scopes?:
            | {
                /**
                 * Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)
                 */
                pool: string[] | string
                /**
                 * By name (classIdentifier) or number (60)
                 */
                options?: Options
                /**
                 * Boot file, in header field file
                 */
                bootFile?: string
                /**
                 * Server of the boot file, in header field siaddr
                 */
                nextServer?: string
                /**
                 * Router option (3); none leaves it out; default: the router of the pool's subnet
                 */
                router?: string
                /**
                 * Lease time (51); default: the server's
                 */
                leaseTime?: string
                /**
                 * Machines that are told something else (policies): of each option and field the first class that matches counts
                 */
                classes?:
                  | {
                      /**
                       * All that is written must hold, of a list one; {} is everybody
                       */
                      match: {
                        /**
                         * Option 60 begins so: PXEClient:Arch:00007
                         */
                        vendorClass?: string[] | string
                        /**
                         * Option 77 is this: iPXE
                         */
                        userClass?: string[] | string
                        /**
                         * Option 93 names one of these
                         */
                        arches?: Architecture[] | Architecture
                        /**
                         * The MAC address is one of these
                         */
                        mac?: string[] | string
                      }
                      /**
                       * By name (classIdentifier) or number (60)
                       */
                      options?: Options
                      /**
                       * Boot file, in header field file
                       */
                      bootFile?: string
                      /**
                       * Server of the boot file, in header field siaddr
                       */
                      nextServer?: string
                      /**
                       * Lease time (51) of these machines
                       */
                      leaseTime?: string
                      /**
                       * They get no answer; false: they do, whatever a later class says. The first that says so counts
                       */
                      silent?: boolean
                    }[]
                  | {
                      [k: string]: {
                        /**
                         * All that is written must hold, of a list one; {} is everybody
                         */
                        match: {
                          /**
                           * Option 60 begins so: PXEClient:Arch:00007
                           */
                          vendorClass?: string[] | string
                          /**
                           * Option 77 is this: iPXE
                           */
                          userClass?: string[] | string
                          /**
                           * Option 93 names one of these
                           */
                          arches?: Architecture[] | Architecture
                          /**
                           * The MAC address is one of these
                           */
                          mac?: string[] | string
                        }
                        /**
                         * By name (classIdentifier) or number (60)
                         */
                        options?: Options
                        /**
                         * Boot file, in header field file
                         */
                        bootFile?: string
                        /**
                         * Server of the boot file, in header field siaddr
                         */
                        nextServer?: string
                        /**
                         * Lease time (51) of these machines
                         */
                        leaseTime?: string
                        /**
                         * They get no answer; false: they do, whatever a later class says. The first that says so counts
                         */
                        silent?: boolean
                      }
                    }
                /**
                 * Addresses kept for single machines
                 */
                reservations?:
                  | {
                      /**
                       * The machine
                       */
                      mac: string
                      /**
                       * Its address, and nobody else's
                       */
                      address: string
                      /**
                       * By name (classIdentifier) or number (60)
                       */
                      options?: Options
                      /**
                       * Boot file, in header field file
                       */
                      bootFile?: string
                      /**
                       * Server of the boot file, in header field siaddr
                       */
                      nextServer?: string
                    }[]
                  | {
                      [k: string]: {
                        /**
                         * The machine
                         */
                        mac: string
                        /**
                         * Its address, and nobody else's
                         */
                        address: string
                        /**
                         * By name (classIdentifier) or number (60)
                         */
                        options?: Options
                        /**
                         * Boot file, in header field file
                         */
                        bootFile?: string
                        /**
                         * Server of the boot file, in header field siaddr
                         */
                        nextServer?: string
                      }
                    }
              }[]
            | {
                [k: string]: {
                  /**
                   * Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)
                   */
                  pool: string[] | string
                  /**
                   * By name (classIdentifier) or number (60)
                   */
                  options?: Options
                  /**
                   * Boot file, in header field file
                   */
                  bootFile?: string
                  /**
                   * Server of the boot file, in header field siaddr
                   */
                  nextServer?: string
                  /**
                   * Router option (3); none leaves it out; default: the router of the pool's subnet
                   */
                  router?: string
                  /**
                   * Lease time (51); default: the server's
                   */
                  leaseTime?: string
                  /**
                   * Machines that are told something else (policies): of each option and field the first class that matches counts
                   */
                  classes?:
                    | {
                        /**
                         * All that is written must hold, of a list one; {} is everybody
                         */
                        match: {
                          /**
                           * Option 60 begins so: PXEClient:Arch:00007
                           */
                          vendorClass?: string[] | string
                          /**
                           * Option 77 is this: iPXE
                           */
                          userClass?: string[] | string
                          /**
                           * Option 93 names one of these
                           */
                          arches?: Architecture[] | Architecture
                          /**
                           * The MAC address is one of these
                           */
                          mac?: string[] | string
                        }
                        /**
                         * By name (classIdentifier) or number (60)
                         */
                        options?: Options
                        /**
                         * Boot file, in header field file
                         */
                        bootFile?: string
                        /**
                         * Server of the boot file, in header field siaddr
                         */
                        nextServer?: string
                        /**
                         * Lease time (51) of these machines
                         */
                        leaseTime?: string
                        /**
                         * They get no answer; false: they do, whatever a later class says. The first that says so counts
                         */
                        silent?: boolean
                      }[]
                    | {
                        [k: string]: {
                          /**
                           * All that is written must hold, of a list one; {} is everybody
                           */
                          match: {
                            /**
                             * Option 60 begins so: PXEClient:Arch:00007
                             */
                            vendorClass?: string[] | string
                            /**
                             * Option 77 is this: iPXE
                             */
                            userClass?: string[] | string
                            /**
                             * Option 93 names one of these
                             */
                            arches?: Architecture[] | Architecture
                            /**
                             * The MAC address is one of these
                             */
                            mac?: string[] | string
                          }
                          /**
                           * By name (classIdentifier) or number (60)
                           */
                          options?: Options
                          /**
                           * Boot file, in header field file
                           */
                          bootFile?: string
                          /**
                           * Server of the boot file, in header field siaddr
                           */
                          nextServer?: string
                          /**
                           * Lease time (51) of these machines
                           */
                          leaseTime?: string
                          /**
                           * They get no answer; false: they do, whatever a later class says. The first that says so counts
                           */
                          silent?: boolean
                        }
                      }
                  /**
                   * Addresses kept for single machines
                   */
                  reservations?:
                    | {
                        /**
                         * The machine
                         */
                        mac: string
                        /**
                         * Its address, and nobody else's
                         */
                        address: string
                        /**
                         * By name (classIdentifier) or number (60)
                         */
                        options?: Options
                        /**
                         * Boot file, in header field file
                         */
                        bootFile?: string
                        /**
                         * Server of the boot file, in header field siaddr
                         */
                        nextServer?: string
                      }[]
                    | {
                        [k: string]: {
                          /**
                           * The machine
                           */
                          mac: string
                          /**
                           * Its address, and nobody else's
                           */
                          address: string
                          /**
                           * By name (classIdentifier) or number (60)
                           */
                          options?: Options
                          /**
                           * Boot file, in header field file
                           */
                          bootFile?: string
                          /**
                           * Server of the boot file, in header field siaddr
                           */
                          nextServer?: string
                        }
                      }
                }
              }
          /**
           * By name (classIdentifier) or number (60)
           */
          options?: Options
          /**
           * Boot file, in header field file
           */
          bootFile?: string
          /**
           * Server of the boot file, in header field siaddr
           */
          nextServer?: string
          /**
           * Router option (3); none leaves it out; default: the router of the pool's subnet
           */
          router?: string
          /**
           * Lease time (51): 3600s, 12h, 8d, infinite; default 3600s
           */
          leaseTime?: string
          /**
           * Machines that are told something else (policies): of each option and field the first class that matches counts
           */
          classes?:
            | {
                /**
                 * All that is written must hold, of a list one; {} is everybody
                 */
                match: {
                  /**
                   * Option 60 begins so: PXEClient:Arch:00007
                   */
                  vendorClass?: string[] | string
                  /**
                   * Option 77 is this: iPXE
                   */
                  userClass?: string[] | string
                  /**
                   * Option 93 names one of these
                   */
                  arches?: Architecture[] | Architecture
                  /**
                   * The MAC address is one of these
                   */
                  mac?: string[] | string
                }
                /**
                 * By name (classIdentifier) or number (60)
                 */
                options?: Options
                /**
                 * Boot file, in header field file
                 */
                bootFile?: string
                /**
                 * Server of the boot file, in header field siaddr
                 */
                nextServer?: string
                /**
                 * Lease time (51) of these machines
                 */
                leaseTime?: string
                /**
                 * They get no answer; false: they do, whatever a later class says. The first that says so counts
                 */
                silent?: boolean
              }[]
            | {
                [k: string]: {
                  /**
                   * All that is written must hold, of a list one; {} is everybody
                   */
                  match: {
                    /**
                     * Option 60 begins so: PXEClient:Arch:00007
                     */
                    vendorClass?: string[] | string
                    /**
                     * Option 77 is this: iPXE
                     */
                    userClass?: string[] | string
                    /**
                     * Option 93 names one of these
                     */
                    arches?: Architecture[] | Architecture
                    /**
                     * The MAC address is one of these
                     */
                    mac?: string[] | string
                  }
                  /**
                   * By name (classIdentifier) or number (60)
                   */
                  options?: Options
                  /**
                   * Boot file, in header field file
                   */
                  bootFile?: string
                  /**
                   * Server of the boot file, in header field siaddr
                   */
                  nextServer?: string
                  /**
                   * Lease time (51) of these machines
                   */
                  leaseTime?: string
                  /**
                   * They get no answer; false: they do, whatever a later class says. The first that says so counts
                   */
                  silent?: boolean
                }
              }
          /**
           * Addresses kept for single machines
           */
          reservations?:
            | {
                /**
                 * The machine
                 */
                mac: string
                /**
                 * Its address, and nobody else's
                 */
                address: string
                /**
                 * By name (classIdentifier) or number (60)
                 */
                options?: Options
                /**
                 * Boot file, in header field file
                 */
                bootFile?: string
                /**
                 * Server of the boot file, in header field siaddr
                 */
                nextServer?: string
              }[]
            | {
                [k: string]: {
                  /**
                   * The machine
                   */
                  mac: string
                  /**
                   * Its address, and nobody else's
                   */
                  address: string
                  /**
                   * By name (classIdentifier) or number (60)
                   */
                  options?: Options
                  /**
                   * Boot file, in header field file
                   */
                  bootFile?: string
                  /**
                   * Server of the boot file, in header field siaddr
                   */
                  nextServer?: string
                }
              }
          /**
           * offer-only never ACKs; nak refuses every REQUEST
           */
          answers?: 'normal' | 'offer-only' | 'nak'
          /**
           * Machines whose REQUESTs it refuses (NAK)
           */
          refuses?: string[] | string
          /**
           * Where the ACK differs from the OFFER
           */
          ack?: {
            /**
             * By name (classIdentifier) or number (60)
             */
            options?: Options
            /**
             * Boot file, in header field file
             */
            bootFile?: string
            /**
             * Server of the boot file, in header field siaddr
             */
            nextServer?: string
            /**
             * Option 54 of the ACK
             */
            serverIdentifier?: string
            /**
             * Options left out of the ACK, by name or number
             */
            omit?: (string | number)[] | (string | number)
          }
          /**
           * Options that stand in header fields (52), by name or number
           */
          overload?: {
            /**
             * Options in field file; the boot file then goes into option 67
             */
            file?: (string | number)[] | (string | number)
            /**
             * Options in field sname
             */
            sname?: (string | number)[] | (string | number)
          }
          /**
           * Whose implementation answers
           */
          engine?: 'own' | 'npm-dhcp'
          /**
           * Waits before each answer
           */
          responseDelay?: string
          /**
           * TFTP service on the same host
           */
          tftp?:
            | ('on' | 'off' | 'closed' | 'silent')
            | {
                /**
                 * Files that are refused, with the error's code: { 'boot/*.efi': 2 } is access violation, 3 disk full; * is any run of characters; { code, text } has a message of its own
                 */
                errors?: {
                  [k: string]:
                    | number
                    | {
                        /**
                         * Code of the error
                         */
                        code: number
                        /**
                         * Its message; default: that of the code
                         */
                        text: string
                      }
                }
                /**
                 * Largest block size agreed to; a larger one that is asked for is lowered (RFC 2348)
                 */
                maxBlksize?: number
                /**
                 * What it says of the size of a file: nothing (missing), or this many bytes whatever is true
                 */
                tsize?: 'missing' | number
                /**
                 * Options it does not know, and so does not acknowledge (RFC 2347)
                 */
                ignores?:
                  | ('blksize' | 'timeout' | 'tsize' | 'windowsize')[]
                  | ('blksize' | 'timeout' | 'tsize' | 'windowsize')
                /**
                 * How often each DATA packet is sent
                 */
                dataCopies?: number
              }
          /**
           * HTTP service on the same host, port 80, with the same files
           */
          http?: Http & string
          /**
           * Files of that TFTP service: a directory, or a map of name to size or text
           */
          images?: Images
        }
      | {
          /**
           * A Network Boot Service
           */
          kind: 'nbs'
          /**
           * Subnet
           */
          on: string
          /**
           * Address of the server on that subnet
           */
          address: string
          /**
           * Weather of the server's own cable, on top of the subnet's
           */
          link?: Link
          /**
           * The Notification Server it asks about each machine
           */
          notificationServer?: string
          /**
           * What that server said some time ago, used instead of asking
           */
          stalePolicy?: {
            /**
             * The first entry that matches a machine counts
             */
            computers?: {
              /**
               * MAC, or pattern such as '00:50:56:*', or a list of them; the first entry that matches counts
               */
              mac: string[] | string
              /**
               * How the console lists the machine
               */
              class?: 'managed' | 'predefined' | 'unknown'
              /**
               * False: an NBS stays silent to these machines
               */
              allow?: boolean
              /**
               * What the machine is told to do; production goes on to its disk
               */
              boot?: 'pxe' | 'automation' | 'production'
              /**
               * Boot image
               */
              image?: string
              /**
               * Architecture of the image
               */
              arch?: 'x86' | 'x64'
              /**
               * A job waits for this machine
               */
              jobRunning?: boolean
              /**
               * Seconds of prompt; 0 none, 255 wait without limit
               */
              prompt?: number
            }[]
            /**
             * For machines that nobody knows
             */
            unknown?: MachineClass
            /**
             * Defaults for computers of class predefined
             */
            predefined?: MachineClass
            /**
             * Defaults for computers of class managed
             */
            managed?: MachineClass
          }
          /**
           * Boot images: a directory relative to this file, or a map of file name to size or text
           */
          images?: Images
          /**
           * Globs of image files not distributed to this server yet
           */
          without?: string[] | string
          /**
           * Waits before each answer
           */
          responseDelay?: string
          /**
           * Offer with the boot file, offer that sends to port 4011, offer with a menu, or the old engine (three END-closed option 43)
           */
          style?: 'complete' | 'redirect' | 'menu' | 'legacy-quirk'
          /**
           * closed: the host answers port unreachable; silent: a firewall swallows it
           */
          services?: {
            /**
             * PXE service
             */
            pxe?: 'on' | 'off' | 'closed' | 'silent'
            /**
             * BSDP service
             */
            bsdp?: 'on' | 'off' | 'closed' | 'silent'
            /**
             * TFTP service, or a map of what is wrong with it
             */
            tftp?:
              | ('on' | 'off' | 'closed' | 'silent')
              | {
                  /**
                   * Files that are refused, with the error's code: { 'boot/*.efi': 2 } is access violation, 3 disk full; * is any run of characters; { code, text } has a message of its own
                   */
                  errors?: {
                    [k: string]:
                      | number
                      | {
                          /**
                           * Code of the error
                           */
                          code: number
                          /**
                           * Its message; default: that of the code
                           */
                          text: string
                        }
                  }
                  /**
                   * Largest block size agreed to; a larger one that is asked for is lowered (RFC 2348)
                   */
                  maxBlksize?: number
                  /**
                   * What it says of the size of a file: nothing (missing), or this many bytes whatever is true
                   */
                  tsize?: 'missing' | number
                  /**
                   * Options it does not know, and so does not acknowledge (RFC 2347)
                   */
                  ignores?:
                    | ('blksize' | 'timeout' | 'tsize' | 'windowsize')[]
                    | ('blksize' | 'timeout' | 'tsize' | 'windowsize')
                  /**
                   * How often each DATA packet is sent
                   */
                  dataCopies?: number
                }
            /**
             * HTTP service with the same files, port 80, or a map of what is wrong with it
             */
            http?: Http & string
          }
          /**
           * Does port 4011 answer?
           */
          boot4011?: 'alive' | 'dead'
          /**
           * Only these machines are answered
           */
          allow?: string[] | string
          /**
           * These machines are never answered
           */
          deny?: string[] | string
          /**
           * Answers only requests whose secs field is at least this
           */
          minimumSecs?: number
          /**
           * Only these architectures are served
           */
          arches?: Architecture[] | Architecture
          /**
           * Prompt of style menu
           */
          menu?: {
            /**
             * Text of the prompt
             */
            prompt?: string
            /**
             * Seconds; 0 takes the first entry at once, 255 waits without limit
             */
            timeout?: number
          }
          /**
           * PXE boot server type
           */
          bootServerType?: number
          /**
           * How machines may discover boot servers
           */
          discovery?: {
            /**
             * Answers and allows broadcast discovery
             */
            broadcast?: boolean
            /**
             * Answers and allows multicast discovery on this group
             */
            multicast?: string
          }
          /**
           * BSDP: NetBoot for Macs; runs if there is an image
           */
          bsdp?: {
            /**
             * NetBoot images besides those in the image folder
             */
            images?: NetBootImage[]
            /**
             * sname of its answers; default: the name of the server
             */
            hostName?: string | number
            /**
             * AFP accounts for diskless Macs
             */
            accounts?: number
            /**
             * Records it has of other Macs: each lowers its priority
             */
            clients?: number
            /**
             * Macs that were bound before the run
             *
             * Items: A Mac that was bound before, by its MAC and the index of its image
             */
            bound?: {
              /**
               * Of the Mac
               */
              mac: string
              /**
               * Index of its image, one of those above
               */
              image: number
            }[]
            /**
             * Priority without any client
             */
            basePriority?: number
          }
          /**
           * What it does while its Notification Server does not answer
           */
          whenUnreachable?: 'silent' | 'production' | 'unknown'
        }
      | {
          /**
           * Any other responder, described by its packets
           */
          kind: 'foreign'
          /**
           * Subnet
           */
          on: string
          /**
           * Address of the server on that subnet
           */
          address: string
          /**
           * Weather of the server's own cable, on top of the subnet's
           */
          link?: Link
          /**
           * A known product or situation; the other fields override it
           */
          preset?:
            | 'dnsmasq-proxy'
            | 'pixiecore'
            | 'smee-proxy'
            | 'smee-reservation'
            | 'pypxe-proxy'
            | 'plain-dhcp-option-60'
            | 'wds'
            | 'itcm'
            | 'split-scope-pair'
          /**
           * Leases (dhcp), boot information (proxy), or both in one packet
           */
          role?: 'dhcp' | 'proxy' | 'both'
          /**
           * By name (vendorSpecific) or number (43); added to what the role needs
           */
          options?: Options
          /**
           * Boot file, in header field file
           */
          bootFile?: string
          /**
           * Server of the boot file, in header field siaddr
           */
          nextServer?: string
          /**
           * yiaddr 0 although the role leases addresses
           */
          noLease?: boolean
          /**
           * Options left out, by name or number
           */
          omit?: (string | number)[] | (string | number)
          /**
           * How its messages are broken
           */
          malformed?: ('no-end' | 'bad-length-51')[] | ('no-end' | 'bad-length-51')
          /**
           * Options that stand in header fields (52), by name or number
           */
          overload?: {
            /**
             * Options in field file; the boot file then goes into option 67
             */
            file?: (string | number)[] | (string | number)
            /**
             * Options in field sname
             */
            sname?: (string | number)[] | (string | number)
          }
          /**
           * Options for iPXE only (175)
           */
          ipxe?: {
            /**
             * Option 175.1
             */
            priority?: number
            /**
             * Option 175.176: do not wait for a proxy
             */
            noProxy?: boolean
          }
          /**
           * Waits before each answer
           */
          delay?: string
          /**
           * Waits before ACKs, NAKs and answers on port 4011, where that is not as long as delay
           */
          ackDelay?: string
          /**
           * Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)
           */
          pool?: string[] | string
          /**
           * Lease time (51): 3600s, 12h, 8d, infinite
           */
          leaseTime?: string
          /**
           * Port 4011 answers, is silent, or is closed
           */
          boot4011?: 'alive' | 'dead' | 'closed'
          /**
           * What port 4011 answers, where it differs from the offer
           */
          reply?: {
            /**
             * Waits before the answer
             */
            delay?: string
            /**
             * Boot file, in header field file
             */
            bootFile?: string
            /**
             * Server of the boot file, in header field siaddr
             */
            nextServer?: string
            /**
             * Option 54 of the answer
             */
            serverIdentifier?: string
            /**
             * Options of the answer
             */
            options?: Options
          }
          /**
           * Answers to boot server discovery
           */
          discovery?: {
            /**
             * Boot server types served
             */
            types: number[] | number
            /**
             * Answers broadcast discovery
             */
            broadcast?: boolean
            /**
             * Answers unicast discovery
             */
            unicast?: boolean
            /**
             * Answers multicast discovery on this group
             */
            group?: string
            /**
             * Waits before the answer
             */
            delay?: string
            /**
             * Boot file, in header field file
             */
            bootFile?: string
            /**
             * Server of the boot file, in header field siaddr
             */
            nextServer?: string
            /**
             * Option 54 of the answer
             */
            serverIdentifier?: string
            /**
             * Options of the answer
             */
            options?: Options
          }
          /**
           * TFTP service: a state, a quirk, or a map of what is wrong with it
           */
          tftp?:
            | (
                | 'on'
                | 'off'
                | 'closed'
                | 'silent'
                | 'no-options'
                | 'raises-blksize'
                | 'other-address'
                | 'other-address-hears-both'
              )
            | {
                /**
                 * Files that are refused, with the error's code: { 'boot/*.efi': 2 } is access violation, 3 disk full; * is any run of characters; { code, text } has a message of its own
                 */
                errors?: {
                  [k: string]:
                    | number
                    | {
                        /**
                         * Code of the error
                         */
                        code: number
                        /**
                         * Its message; default: that of the code
                         */
                        text: string
                      }
                }
                /**
                 * Largest block size agreed to; a larger one that is asked for is lowered (RFC 2348)
                 */
                maxBlksize?: number
                /**
                 * What it says of the size of a file: nothing (missing), or this many bytes whatever is true
                 */
                tsize?: 'missing' | number
                /**
                 * Options it does not know, and so does not acknowledge (RFC 2347)
                 */
                ignores?:
                  | ('blksize' | 'timeout' | 'tsize' | 'windowsize')[]
                  | ('blksize' | 'timeout' | 'tsize' | 'windowsize')
                /**
                 * How often each DATA packet is sent
                 */
                dataCopies?: number
              }
          /**
           * HTTP service, port 80, with the files of its TFTP service
           */
          http?: Http & string
          /**
           * For tftp other-address: where the answers come from
           */
          otherAddress?: string
          /**
           * Files of its TFTP service: name to size in bytes or text
           */
          files?: {
            [k: string]:
              | number
              | string
              | {
                  /**
                   * Its first bytes
                   */
                  hex: string
                  /**
                   * In bytes, filled with a pattern; default: no more than hex
                   */
                  size?: number
                }
          }
          /**
           * Directory of files for its TFTP service
           */
          images?: string
          /**
           * What it does with REQUESTs, its own and those for others
           */
          answers?:
            'normal' | 'offer-only' | 'nak' | 'nak-others' | 'ack-others' | 'silent-but-nak-others' | 'silent'
          /**
           * Messages sent to yiaddr although a broadcast was asked for
           */
          unicast?: ('offer' | 'ack')[] | ('offer' | 'ack')
          /**
           * Machines whose REQUESTs it refuses (NAK)
           */
          refuses?: string[] | string
          /**
           * Where the ACK of a lease differs from the OFFER
           */
          ack?: {
            /**
             * Boot file, in header field file
             */
            bootFile?: string
            /**
             * Server of the boot file, in header field siaddr
             */
            nextServer?: string
            /**
             * Option 54 of the ACK
             */
            serverIdentifier?: string
            /**
             * Instead of those of the OFFER, or besides
             */
            options?: Options
            /**
             * Options left out of the ACK, by name or number
             */
            omit?: (string | number)[] | (string | number)
          }
          /**
           * How often each answer is sent
           */
          repeat?: number
          /**
           * Which clients it answers, by option 60
           */
          answersClass?: 'any' | 'pxe' | 'http' | 'bsdp-none'
          /**
           * Further offers to the same DISCOVER
           */
          also?: {
            /**
             * Leases (dhcp), boot information (proxy), or both in one packet
             */
            role: 'dhcp' | 'proxy' | 'both'
            /**
             * Waits before this offer
             */
            delay?: string
            /**
             * By name (vendorSpecific) or number (43); added to what the role needs
             */
            options?: Options
            /**
             * Boot file, in header field file
             */
            bootFile?: string
            /**
             * Server of the boot file, in header field siaddr
             */
            nextServer?: string
            /**
             * yiaddr 0 although the role leases addresses
             */
            noLease?: boolean
            /**
             * Options left out, by name or number
             */
            omit?: (string | number)[] | (string | number)
            /**
             * How its messages are broken
             */
            malformed?: ('no-end' | 'bad-length-51')[] | ('no-end' | 'bad-length-51')
            /**
             * Options that stand in header fields (52), by name or number
             */
            overload?: {
              /**
               * Options in field file; the boot file then goes into option 67
               */
              file?: (string | number)[] | (string | number)
              /**
               * Options in field sname
               */
              sname?: (string | number)[] | (string | number)
            }
            /**
             * Options for iPXE only (175)
             */
            ipxe?: {
              /**
               * Option 175.1
               */
              priority?: number
              /**
               * Option 175.176: do not wait for a proxy
               */
              noProxy?: boolean
            }
          }[]
          /**
           * What machines of some architectures get instead; the first entry that names theirs counts
           */
          byArchitecture?: {
            /**
             * For machines of these
             */
            arches: Architecture[] | Architecture
            /**
             * By name (vendorSpecific) or number (43); added to what the role needs
             */
            options?: Options
            /**
             * Boot file, in header field file
             */
            bootFile?: string
            /**
             * Server of the boot file, in header field siaddr
             */
            nextServer?: string
            /**
             * yiaddr 0 although the role leases addresses
             */
            noLease?: boolean
            /**
             * Options left out, by name or number
             */
            omit?: (string | number)[] | (string | number)
            /**
             * How its messages are broken
             */
            malformed?: ('no-end' | 'bad-length-51')[] | ('no-end' | 'bad-length-51')
            /**
             * Options that stand in header fields (52), by name or number
             */
            overload?: {
              /**
               * Options in field file; the boot file then goes into option 67
               */
              file?: (string | number)[] | (string | number)
              /**
               * Options in field sname
               */
              sname?: (string | number)[] | (string | number)
            }
            /**
             * Options for iPXE only (175)
             */
            ipxe?: {
              /**
               * Option 175.1
               */
              priority?: number
              /**
               * Option 175.176: do not wait for a proxy
               */
              noProxy?: boolean
            }
            /**
             * What port 4011 answers, where it differs from the offer
             */
            reply?: {
              /**
               * Waits before the answer
               */
              delay?: string
              /**
               * Boot file, in header field file
               */
              bootFile?: string
              /**
               * Server of the boot file, in header field siaddr
               */
              nextServer?: string
              /**
               * Option 54 of the answer
               */
              serverIdentifier?: string
              /**
               * Options of the answer
               */
              options?: Options
            }
          }[]
          /**
           * Answers only DISCOVERs whose secs field is at least this
           */
          minimumSecs?: number
          /**
           * Machines that are answered in spite of minimumSecs
           */
          own?: string[] | string
          /**
           * BSDP responder, by the ways in which it differs from Apple’s server
           */
          bsdp?: {
            /**
             * NetBoot images besides those in the image folder
             */
            images?: NetBootImage[]
            /**
             * sname of its answers; default: the name of the server
             */
            hostName?: string | number
            /**
             * AFP accounts for diskless Macs
             */
            accounts?: number
            /**
             * Records it has of other Macs: each lowers its priority
             */
            clients?: number
            /**
             * Macs that were bound before the run
             *
             * Items: A Mac that was bound before, by its MAC and the index of its image
             */
            bound?: {
              /**
               * Of the Mac
               */
              mac: string
              /**
               * Index of its image, one of those above
               */
              image: number
            }[]
            /**
             * Whose behaviour it has; the other fields override it
             */
            product?: 'apple' | 'bsdpy' | 'pybsdp' | 'netsus-4' | 'fog-dhcproxy' | 'bsdpserver'
            /**
             * Constant priority
             */
            priority?: number
            /**
             * Priority that falls with every client
             */
            basePriority?: number
            /**
             * Answers a SELECT meant for another server
             */
            ignoresServerIdentifier?: boolean
            /**
             * Remembers a Mac that selected another server
             */
            keepsRecords?: boolean
            /**
             * Looks at the low 16 bits of an image id
             */
            comparesIndexOnly?: boolean
            /**
             * Says to every Mac that it is bound here
             */
            claimsEveryone?: boolean
            /**
             * False: lists every image to every model
             */
            checksModel?: boolean
            /**
             * False: also answers clients that are no Macs
             */
            checksClass?: boolean
            /**
             * Port of its answers
             */
            repliesTo?: 'reply-port' | 'source-port'
            /**
             * Option 60 of its answers
             */
            classIdentifier?: 'exact' | 'architecture' | 'echo'
            /**
             * Answers every SELECT with FAILED
             */
            failsSelect?: boolean
            /**
             * Waits before each BSDP answer
             */
            delay?: string
          }
          /**
           * Says what was recorded of a real server, and nothing else (nbs import)
           */
          recorded?: {
            /**
             * By name
             */
            messages?: {
              [k: string]: {
                /**
                 * Option 53; bootp has none
                 */
                type?: 'offer' | 'ack' | 'nak' | 'bootp'
                /**
                 * Whether it gives the machine its address of 'leases'
                 */
                lease?: 'yes' | 'no'
                /**
                 * Gives this address instead of that of 'leases'
                 */
                address?: string
                /**
                 * Header field siaddr
                 */
                nextServer?: string
                /**
                 * Header field file
                 */
                bootFile?: string
                /**
                 * Header field sname
                 */
                serverName?: string
                /**
                 * All options but 53 and those that are echoed
                 */
                options?: Options
                /**
                 * Options, by number, that repeat the machine's own: 97, 61
                 */
                echoes?: number[] | number
                /**
                 * Instead of all that: the message as it was on the wire, faults included
                 */
                packet?: string
              }
            }
            /**
             * Which is said to whom; all that fit are sent
             */
            answers?: {
              /**
               * The question
               */
              to:
                | 'discover'
                | 'request'
                | 'otherRequest'
                | 'renewal'
                | 'inform'
                | 'bsdpList'
                | 'bsdpSelect'
                | 'bootServer'
                | 'discovery'
              /**
               * One of 'messages'
               */
              says: string
              /**
               * Machines it is said to; for these, answers without macs do not count
               */
              macs?: string[] | string
              /**
               * Only to machines of these (93)
               */
              arches?: Architecture[] | Architecture
              /**
               * Only to machines of which option 60 begins so
               */
              vendorClass?: string
              /**
               * Only to machines of which option 77 begins so; none: has no such option
               */
              userClass?: string
              /**
               * Only to so manieth questions of this kind, counted from 1: 2, or 2..4
               */
              nth?: number | string
              /**
               * To this question of the kind and all later ones
               */
              since?: number
              /**
               * Waits before the answer
               */
              delay?: string
              /**
               * How often it is sent at once
               */
              copies?: number
              /**
               * Default: as RFC 2131 §4.1 has it; replyPort: to the port that a Mac names (BSDP 5)
               */
              sentTo?: 'broadcast' | 'client' | 'replyPort'
              /**
               * Port of the machine; default as usual
               */
              port?: number
            }[]
            /**
             * The address of each machine
             */
            leases?: {
              /**
               * The machine
               */
              mac: string
              /**
               * What it is given
               */
              address: string
            }[]
            /**
             * Answers discovery by multicast on this group
             */
            group?: string
          }
        }
      | {
          /**
           * A server program of this computer, on the virtual subnet
           */
          kind: 'program'
          /**
           * Subnet
           */
          on: string
          /**
           * Address of the server on that subnet
           */
          address: string
          /**
           * Weather of the server's own cable, on top of the subnet's
           */
          link?: Link
          /**
           * A known server program: how it is called and configured is known
           */
          program?: 'dnsmasq' | 'kea' | 'isc-dhcpd' | 'atftpd' | 'tftpd-hpa' | 'nbs'
          /**
           * Any other: the program and its arguments; {interface}, {address}, {prefix}, {mac}, {folder}, {images} and {config} are put in
           *
           * @minItems 1
           */
          command?: [string, ...string[]]
          /**
           * Your configuration file, relative to this file; default: made from the fields below
           */
          config?: string
          /**
           * It is ready when a line of its log has this text; default: what is known of it, else its first socket
           */
          ready?: string
          /**
           * What its network card is called
           */
          interface?: string
          /**
           * MAC address of its card; default: made from the server's address
           */
          mac?: string
          /**
           * Files in {images}: a directory, or a map of name to size or text; a known TFTP server sends them
           */
          images?: Images
          /**
           * Addresses to lease: first-last, or a list of such spans (one per subnet behind relays)
           */
          pool?: string[] | string
          /**
           * Proxy DHCP: leases nothing, and tells PXE machines the boot file
           */
          proxy?: boolean
          /**
           * By name (classIdentifier) or number (60)
           */
          options?: Options
          /**
           * Boot file, in header field file
           */
          bootFile?: string
          /**
           * Server of the boot file, in header field siaddr
           */
          nextServer?: string
          /**
           * Lease time (51): 3600s, 12h, 8d, infinite; default 3600s
           */
          leaseTime?: string
        }
      | {
          /**
           * A virtual machine of QEMU as a server, from its disk
           */
          kind: 'vm'
          /**
           * Subnet
           */
          on: string
          /**
           * Its address on the subnet, as it is set in it; without one, messages call it by what it sends
           */
          address?: string
          /**
           * Weather of the server's own cable, on top of the subnet's
           */
          link?: Link
          /**
           * Disk image (qcow2, raw, vmdk, vdi, vhdx), relative to this file; nothing is written to it
           */
          disk: string
          /**
           * Memory: 512M, 4G
           */
          memory?: string
          /**
           * Processors
           */
          processors?: number
          /**
           * How it starts
           */
          firmware?: 'bios' | 'uefi'
          /**
           * Network card; Windows without drivers needs e1000e
           */
          card?: 'virtio' | 'e1000e'
          /**
           * MAC address of its card; default: made from the server's address
           */
          mac?: string
          /**
           * It is ready when its serial console shows this; default: when it has sent its first frame
           */
          ready?: string
          /**
           * How long it may take for that
           */
          readyWithin?: string
        }
  }
  /**
   * Groups of machines that boot
   */
  clients?: {
    [k: string]: {
      /**
       * Number of machines; default: 1, or one for each of macs
       */
      count?: number
      /**
       * Subnet
       */
      on: string
      /**
       * Firmware model; may be left out if guest is given
       */
      firmware?: 'edk2' | 'ipxe' | 'u-boot' | 'bios-rom' | 'raspberry-pi' | 'apple'
      /**
       * Variant of the firmware by vendor or age; default: the usual one of the family
       */
      profile?: string | number
      /**
       * Client architecture (option 93); default: by firmware
       */
      arch?: Architecture
      /**
       * Boot order: pxe4, and on edk2 http4 (UEFI HTTP boot over IPv4); if an option does not start anything, the next is tried. Default: pxe4
       */
      boot?: ('pxe4' | 'http4' | 'pxe6' | 'http6')[] | ('pxe4' | 'http4' | 'pxe6' | 'http6')
      /**
       * MAC of the first machine; the others count up
       */
      mac?: string
      /**
       * MAC of each machine, instead of mac and count
       */
      macs?: string[]
      /**
       * When it is switched on; from a range, each machine draws its own time
       */
      powerOn?: string
      /**
       * SMBIOS UUID of a single machine; default: derived from its MAC
       */
      uuid?: string
      /**
       * Boot real firmware of this family in QEMU instead of the model
       */
      guest?: 'edk2' | 'ipxe' | 'u-boot'
      /**
       * Conditions of the link of each machine, in addition to those of the subnet
       */
      link?: Link
    }
  }
  /**
   * Notification Servers, site servers and clients with their plug-ins, and the jobs ordered
   */
  site?: {
    /**
     * Where the Notification Servers are connected, and which plug-ins they lack
     */
    notificationServers?: {
      [k: string]: {
        /**
         * Subnet; default: that of the NBS
         */
        on?: string
        /**
         * Default: the first free one
         */
        address?: string
        /**
         * Conditions of its own link
         */
        link?: Link
        /**
         * Plug-ins; default: all that it needs
         */
        plugins?: PlugIns
      }
    }
    /**
     * Site servers: each NBS is one; other names are separate machines
     */
    siteServers?: {
      [k: string]: {
        /**
         * Subnet; default: that of the NBS
         */
        on?: string
        /**
         * Default: the first free one
         */
        address?: string
        /**
         * Conditions of its own link
         */
        link?: Link
        /**
         * Default: the one of the NBS on it, else the first
         */
        notificationServer?: string
        /**
         * Site services rolled out to it, beside an NBS
         */
        services?: ('task' | 'package')[] | ('task' | 'package')
        /**
         * Plug-ins; default: all that its services need
         */
        plugins?: PlugIns
        /**
         * When its NBS gets the policy; default: as for the site
         */
        policy?: SitePolicy
        /**
         * When images, preboot images and packages arrive here; default: already present
         */
        arrives?: {
          [k: string]: string
        }
        /**
         * Whether its NBS is listed in the console
         */
        registered?: boolean
        /**
         * Number of computers it can serve, for available-capacity
         */
        capacity?: number
        /**
         * Bytes per second shared by its downloads
         */
        bandwidth?: number | string
      }
    }
    /**
     * Groups of clients, or single machines (pc-3)
     */
    clients?: {
      [k: string]: {
        /**
         * How the console lists them; managed ones run their production system when the run starts
         */
        class?: 'managed' | 'predefined' | 'unknown'
        /**
         * The Notification Server of their agents; default: the first
         */
        notificationServer?: string
        /**
         * Plug-ins of their production system; default: all that they need
         */
        plugins?: PlugIns
      }
    }
    /**
     * Policy of the task service
     */
    taskServers?: {
      /**
       * How an agent chooses among the task servers
       */
      choose?: 'fewest-computers' | 'fastest-connection' | 'available-capacity'
      /**
       * How often an agent polls if no tickle arrives
       */
      poll?: string
    }
    /**
     * How the policy of the NBS is applied
     */
    policy?: SitePolicy
    /**
     * Preboot image of automation
     */
    preboot?: string
    /**
     * Disk images on the package servers, with their sizes
     */
    images?: {
      [k: string]: number | string
    }
    /**
     * Time until a new image is on the other package servers
     */
    distribution?: string
    /**
     * Predefined machines boot the predefined image before any job (ImportAsManaged 1)
     */
    importAsManaged?: boolean
    /**
     * Menu that an unknown machine shows in automation
     */
    initialDeployment?: {
      /**
       * Time limit of the menu
       */
      wait?: string
      /**
       * Default job, taken when the time limit expires
       */
      job?: string
    }
    /**
     * How long operating systems take
     */
    times?: {
      /**
       * From the boot from disk to the start of the agent
       */
      production?: string
      /**
       * From the start of the preboot image to the start of its agent
       */
      automation?: string
      /**
       * Prepare for Image Capture
       */
      sysprep?: string
      /**
       * From the reboot command to the start of the firmware
       */
      restart?: string
    }
    /**
     * Jobs ordered on the console
     */
    jobs?: {
      [k: string]: {
        /**
         * When the job is ordered; left out: only from the Initial Deployment menu
         */
        at?: string
        /**
         * deploy-image and create-image include the reboots to automation and back to production
         */
        task:
          | 'boot-to-automation'
          | 'boot-to-pxe'
          | 'prepare-for-image-capture'
          | 'create-image'
          | 'deploy-image'
          | 'boot-to-production'
        /**
         * Disk image to deploy or to create
         */
        image?: string
        /**
         * Preboot image of automation; default: the one of the site
         */
        preboot?: string
        /**
         * Groups of clients, or single machines (pc-3)
         */
        computers?: string[] | string
      }
    }
  }
  /**
   * What happens during the run
   */
  faults?: {
    /**
     * When it happens
     */
    at: string
    /**
     * A server, or one of its services: nbs-a.tftp
     */
    stop?: string
    /**
     * A server, or one of its services: nbs-a.tftp
     */
    start?: string
    /**
     * A subnet, or the link of a host or a group of clients
     */
    cut?: string
    /**
     * What an earlier fault cut
     */
    heal?: string
    /**
     * Change the link conditions, or a Notification Server, from then on
     */
    set?: {
      /**
       * A subnet, host, group of clients or Notification Server
       */
      target: string
      /**
       * One-way time to every receiver; a range a..b means delay a and jitter b - a
       */
      delay?: string
      /**
       * Up to this much more, uniform
       */
      jitter?: string
      /**
       * Probability that one receiver misses a frame
       */
      loss?: number | string
      /**
       * Probability that a frame is there twice
       */
      duplicate?: number | string
      /**
       * Probability that later frames overtake one
       */
      reorder?: number | string
      /**
       * Probability that a bit of a frame flips
       */
      corrupt?: number | string
      /**
       * Largest IP packet in bytes
       */
      mtu?: number
      /**
       * Of a Notification Server
       */
      unreachable?: boolean
      /**
       * Of a server
       */
      responseDelay?: string
    }
  }[]
  /**
   * What the run must show
   */
  expect?: {
    /**
     * Findings that must be reported
     */
    findings?: (
      | 'job-lost'
      | 'split-decision'
      | 'multiple-pxe-responders'
      | 'stray-relay-target'
      | 'multiple-dhcp-servers'
      | 'shared-server-address'
      | 'relay-answered-by-broadcast'
      | 'malformed-offer'
      | 'option-60-without-pxe-service'
      | 'dead-boot-server-port'
      | 'no-dhcp-server'
      | 'no-pxe-responder'
      | 'router-off-subnet'
      | 'unusable-lease'
      | 'client-denied'
      | 'boot-file-is-url'
      | 'unterminated-boot-file'
      | 'chain-loop'
      | 'wrong-architecture'
      | 'mtu-hole'
      | 'transfer-broke-off'
      | 'missing-boot-file'
      | 'unreachable-tftp-server'
      | 'tftp-refused'
      | 'boot-file-conflict'
      | 'server-identity-mismatch'
      | 'address-conflict'
      | 'late-link'
      | 'slow-transfer'
      | 'ignored-nak'
      | 'packet-dropped'
      | 'server-died'
      | 'policy-lag'
      | 'image-not-here'
      | 'server-not-registered'
      | 'bsdp-answer-for-another'
      | 'bsdp-global-image-conflict'
      | 'bsdp-double-binding'
      | 'bsdp-class-confusion'
      | 'bsdp-wrong-reply-port'
      | 'bsdp-select-unanswered'
      | 'bsdp-loaded-elsewhere'
      | 'bsdp-not-loaded'
      | 'bsdp-malformed-answer'
      | 'bsdp-stale-binding'
      | 'bsdp-constant-priority'
      | 'bsdp-unstable-default'
      | 'bsdp-bad-image-id'
      | 'bsdp-unprivileged-reply-port'
      | 'bsdp-select-failed'
      | 'bsdp-list-unanswered'
      | 'bsdp-truncated-list'
      | 'bsdp-unsolicited-answer'
      | 'bsdp-late-answer'
      | 'bsdp-password-on-wire'
      | 'bsdp-claims-everyone'
      | 'boot-file-content-conflict'
      | 'nbs-per-subnet'
      | 'nbs-behind-one-helper-list'
      | 'plugin-missing'
      | 'gateway-missing'
      | 'relay-target-missing'
    )[]
    /**
     * Findings that must not be reported: a list, or all, error, or warning (which means errors too)
     */
    noFindings?:
      | ('all' | 'error' | 'warning')
      | (
          | 'job-lost'
          | 'split-decision'
          | 'multiple-pxe-responders'
          | 'stray-relay-target'
          | 'multiple-dhcp-servers'
          | 'shared-server-address'
          | 'relay-answered-by-broadcast'
          | 'malformed-offer'
          | 'option-60-without-pxe-service'
          | 'dead-boot-server-port'
          | 'no-dhcp-server'
          | 'no-pxe-responder'
          | 'router-off-subnet'
          | 'unusable-lease'
          | 'client-denied'
          | 'boot-file-is-url'
          | 'unterminated-boot-file'
          | 'chain-loop'
          | 'wrong-architecture'
          | 'mtu-hole'
          | 'transfer-broke-off'
          | 'missing-boot-file'
          | 'unreachable-tftp-server'
          | 'tftp-refused'
          | 'boot-file-conflict'
          | 'server-identity-mismatch'
          | 'address-conflict'
          | 'late-link'
          | 'slow-transfer'
          | 'ignored-nak'
          | 'packet-dropped'
          | 'server-died'
          | 'policy-lag'
          | 'image-not-here'
          | 'server-not-registered'
          | 'bsdp-answer-for-another'
          | 'bsdp-global-image-conflict'
          | 'bsdp-double-binding'
          | 'bsdp-class-confusion'
          | 'bsdp-wrong-reply-port'
          | 'bsdp-select-unanswered'
          | 'bsdp-loaded-elsewhere'
          | 'bsdp-not-loaded'
          | 'bsdp-malformed-answer'
          | 'bsdp-stale-binding'
          | 'bsdp-constant-priority'
          | 'bsdp-unstable-default'
          | 'bsdp-bad-image-id'
          | 'bsdp-unprivileged-reply-port'
          | 'bsdp-select-failed'
          | 'bsdp-list-unanswered'
          | 'bsdp-truncated-list'
          | 'bsdp-unsolicited-answer'
          | 'bsdp-late-answer'
          | 'bsdp-password-on-wire'
          | 'bsdp-claims-everyone'
          | 'boot-file-content-conflict'
          | 'nbs-per-subnet'
          | 'nbs-behind-one-helper-list'
          | 'plugin-missing'
          | 'gateway-missing'
          | 'relay-target-missing'
        )[]
    /**
     * By group of clients or single machine (pc-3)
     */
    outcomes?: {
      [k: string]: {
        /**
         * Number of machines that run a boot file: 3, or 1..19
         */
        booted?: number | string
        /**
         * Number of machines sent on to their disk
         */
        localDisk?: number | string
        /**
         * Number of machines that show an error
         */
        failed?: number | string
        /**
         * Number of machines still trying at the limit
         */
        pending?: number | string
        /**
         * The servers from which machines may take their boot information; no machine may follow another
         */
        from?: string[] | string
        /**
         * Boot file of every booted machine; * for any characters
         */
        file?: string
        /**
         * Text on the screen of every machine that did not boot, such as PXE-E53
         */
        code?: string
        /**
         * Every machine has an outcome, whichever it is, within this time after power-on
         */
        within?: string
        /**
         * Outcome of the jobs of the site
         */
        jobs?: {
          /**
           * Number of machines that have done all their jobs
           */
          done?: number | string
          /**
           * Number of machines that booted past a job, which stays pending
           */
          lost?: number | string
          /**
           * Number of machines that stopped at a step of a job
           */
          stopped?: number | string
          /**
           * Number of machines still working on a job when the run ends
           */
          pending?: number | string
        }
      }
    }
  }
}
export interface Link {
  /**
   * One-way time to every receiver; a range a..b means delay a and jitter b - a
   */
  delay?: string
  /**
   * Up to this much more, uniform
   */
  jitter?: string
  /**
   * Probability that one receiver misses a frame
   */
  loss?: number | string
  /**
   * Probability that a frame is there twice
   */
  duplicate?: number | string
  /**
   * Probability that later frames overtake one
   */
  reorder?: number | string
  /**
   * Probability that a bit of a frame flips
   */
  corrupt?: number | string
  /**
   * Largest IP packet in bytes
   */
  mtu?: number
}
export interface MachineClass {
  /**
   * False: an NBS stays silent to these machines
   */
  allow?: boolean
  /**
   * What the machine is told to do; production goes on to its disk
   */
  boot?: 'pxe' | 'automation' | 'production'
  /**
   * Boot image
   */
  image?: string
  /**
   * Architecture of the image
   */
  arch?: 'x86' | 'x64'
  /**
   * A job waits for this machine
   */
  jobRunning?: boolean
  /**
   * Seconds of prompt; 0 none, 255 wait without limit
   */
  prompt?: number
}
export interface Options {
  [k: string]:
    | {
        /**
         * The value as it stands on the wire
         */
        hex: string
      }
    | {
        /**
         * Tag 6: 1 no broadcast, 2 no multicast, 4 listed servers only, 8 boot the file at once
         */
        discoveryControl?: number
        /**
         * Tag 7: group for multicast discovery
         */
        multicastAddress?: string
        /**
         * Tag 8
         */
        bootServers?: {
          /**
           * Boot server type
           */
          type: number
          /**
           * Empty: any server of this type may answer
           */
          addresses?: string[] | string
        }[]
        /**
         * Tag 9
         */
        bootMenu?: {
          /**
           * 0 is local boot
           */
          type: number
          /**
           * What the menu shows
           */
          text: string
        }[]
        /**
         * Tag 10
         */
        prompt?: {
          /**
           * Seconds; 0 takes the first entry at once, 255 waits without limit
           */
          timeout: number
          /**
           * What the prompt shows
           */
          text: string
        }
        /**
         * False leaves out the closing 255
         */
        end?: boolean
      }
    | (
        | ((string | number | boolean) &
            (
              | ((string | number | boolean) & string)
              | ((string | number | boolean) & number)
              | ((string | number | boolean) & boolean)
            ))
        | (
            | {
                /**
                 * The value as it stands on the wire
                 */
                hex: string
              }
            | {
                /**
                 * Tag 6: 1 no broadcast, 2 no multicast, 4 listed servers only, 8 boot the file at once
                 */
                discoveryControl?: number
                /**
                 * Tag 7: group for multicast discovery
                 */
                multicastAddress?: string
                /**
                 * Tag 8
                 */
                bootServers?: {
                  /**
                   * Boot server type
                   */
                  type: number
                  /**
                   * Empty: any server of this type may answer
                   */
                  addresses?: string[] | string
                }[]
                /**
                 * Tag 9
                 */
                bootMenu?: {
                  /**
                   * 0 is local boot
                   */
                  type: number
                  /**
                   * What the menu shows
                   */
                  text: string
                }[]
                /**
                 * Tag 10
                 */
                prompt?: {
                  /**
                   * Seconds; 0 takes the first entry at once, 255 waits without limit
                   */
                  timeout: number
                  /**
                   * What the prompt shows
                   */
                  text: string
                }
                /**
                 * False leaves out the closing 255
                 */
                end?: boolean
              }
          )
      )[]
    | ((string | number | boolean) &
        (
          | ((string | number | boolean) & string)
          | ((string | number | boolean) & number)
          | ((string | number | boolean) & boolean)
        ))
}
export interface NetBootImage {
  /**
   * 1-4095 is this server’s own; from 4096 on the same image on every server
   */
  index: number
  /**
   * In the menu
   */
  name: string
  /**
   * Folder, such as Lab.nbi; default: the name
   */
  folder?: string
  /**
   * NetInstall instead of NetBoot
   */
  install?: boolean
  /**
   * What it starts
   */
  kind?: 'mac-os-9' | 'mac-os-x' | 'mac-os-x-server' | 'diagnostics'
  /**
   * How its root is reached
   */
  type?: 'nfs' | 'http' | 'boot-file-only' | 'classic'
  /**
   * Goes to the front of the list
   */
  default?: boolean
  /**
   * Is it offered?
   */
  enabled?: boolean
  /**
   * Name of the boot file
   */
  bootFile?: string
  /**
   * In the folder, or a URL
   */
  rootPath?: string
  /**
   * Of the Macs it is for
   */
  architectures?: ('i386' | 'ppc' | 'arm')[] | ('i386' | 'ppc' | 'arm')
  /**
   * Only for these, such as iMac14,2
   */
  models?: string[] | string
  /**
   * Not for these
   */
  exceptModels?: string[] | string
  /**
   * Only for these machines
   */
  macs?: string[] | string
  /**
   * Not for these machines
   */
  exceptMacs?: string[] | string
  /**
   * Its writable volume is on the server (AFP account)
   */
  diskless?: boolean
  /**
   * Shown only to clients that filter for it
   */
  filterOnly?: boolean
  /**
   * Boot file and root come from there
   */
  loadBalanceServer?: string
  /**
   * none: the boot files are not there
   */
  files?: 'all' | 'none'
  /**
   * Bytes of the boot file
   */
  booterSize?: number
}
export interface PlugIns {
  /**
   * Plug-ins that were not rolled out to it
   */
  without?:
    | (
        | 'symantec-management-agent'
        | 'base-task-handlers'
        | 'client-task-agent'
        | 'client-task-server-agent'
        | 'deployment-task-server-handler'
        | 'deployment-plug-in'
        | 'deployment-nbs-plug-in'
        | 'package-service'
        | 'deployment-package-server'
      )[]
    | (
        | 'symantec-management-agent'
        | 'base-task-handlers'
        | 'client-task-agent'
        | 'client-task-server-agent'
        | 'deployment-task-server-handler'
        | 'deployment-plug-in'
        | 'deployment-nbs-plug-in'
        | 'package-service'
        | 'deployment-package-server'
      )
  /**
   * Plug-ins that the roll-out installs later, and when
   */
  arriving?: {
    [k: string]: string
  }
}
export interface SitePolicy {
  /**
   * immediately: an NBS asks its Notification Server about each machine; on-schedule: it uses the settings and jobs it fetched last
   */
  apply?: 'immediately' | 'on-schedule'
  /**
   * Interval between scheduled fetches
   */
  every?: string
  /**
   * First fetch after the start of the run; default: drawn from the first period
   */
  first?: string
}
