//! What fileguard does to the files of programs, in image mode and in linked mode.

mod common;

use common::{ALLOW, DENY, failure};
use fileguard_protocol::{Decision, NO_RULE, Operation};
use fltmgr_sys as sys;
use fltsim::io::{RenameFlags, WriteOffset};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

in_both_modes! {
    fn without_a_policy_programs_notice_nothing(guarded: &Guarded) {
        let program = guarded.anybody();
        let watcher = guarded.watch();
        program.make_directory("/folder").unwrap();
        program.write("/folder/file", b"content").unwrap();
        assert_eq!(program.read("/folder/file").unwrap(), b"content");
        program.rename("/folder/file", "/folder/other").unwrap();
        program.delete("/folder/other").unwrap();
        assert!(!program.exists("/folder/other"));
        assert!(watcher.events().is_empty());
    }

    fn a_denied_write_changes_nothing(guarded: &Guarded) {
        let program = guarded.anybody();
        program.make_directory("/vault").unwrap();
        program.write("/vault/plan", b"as it was").unwrap();
        guarded.policy(r#"
            [[rule]]
            path = "/vault/**"
            operation = ["write", "delete", "rename", "create"]
            action = "deny"
        "#);
        assert_eq!(failure(program.write("/vault/plan", b"overwritten")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.open_for_writing("/vault/plan")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.delete("/vault/plan")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.rename("/vault/plan", "/elsewhere")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.write("/vault/new", b"new")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.make_directory("/vault/folder")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(program.read("/vault/plan").unwrap(), b"as it was");
        for name in ["/elsewhere", "/vault/new", "/vault/folder"] {
            assert!(!program.exists(name), "{name} came into being");
        }
    }

    fn what_may_not_be_created_may_still_be_opened(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/old.txt", b"old").unwrap();
        guarded.policy("[[rule]]\npath = '*.txt'\noperation = 'create'\naction = 'deny'\n");
        for disposition in [sys::FILE_OPEN_IF, sys::FILE_OVERWRITE_IF, sys::FILE_SUPERSEDE, sys::FILE_CREATE] {
            let opened = program.open_as("/new.txt", |request| {
                request.desired_access = sys::FILE_GENERIC_WRITE;
                request.disposition = disposition;
            });
            assert_eq!(failure(opened), sys::STATUS_ACCESS_DENIED, "disposition {disposition}");
            assert!(!program.exists("/new.txt"), "disposition {disposition}");
        }
        drop(program.open_for_writing("/old.txt").unwrap());
        program.write("/old.txt", b"replaced").unwrap();
        assert_eq!(program.read("/old.txt").unwrap(), b"replaced");
        program.write("/new.bin", b"another name").unwrap();
    }

    fn a_denied_rename_may_not_hide_behind_its_target(guarded: &Guarded) {
        let program = guarded.anybody();
        program.make_directory("/vault").unwrap();
        program.write("/outside", b"outside").unwrap();
        guarded.policy("[[rule]]\npath = '/vault/**'\noperation = 'rename'\naction = 'deny'\nstatus = 'write-protected'\n");
        assert_eq!(failure(program.rename("/outside", "/vault/inside")), sys::STATUS_MEDIA_WRITE_PROTECTED);
        assert_eq!(program.read("/outside").unwrap(), b"outside");
        program.rename("/outside", "/beside").unwrap();
    }

    fn a_rename_that_skips_the_access_check_is_a_rename(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/kept", b"1").unwrap();
        guarded.policy("[[rule]]\npath = '/kept'\noperation = 'rename'\naction = 'deny'\n");
        let (file, _) = program.open_as("/kept", |request| request.desired_access = sys::DELETE | sys::SYNCHRONIZE).unwrap();
        // FILE_RENAME_INFORMATION with a bare name, which stays in the directory.
        let name: Vec<u8> = "gone".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut rename = vec![0; 16];
        rename.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        rename.extend(name);
        for class in [
            sys::FileRenameInformation,
            sys::FileRenameInformationEx,
            sys::FileRenameInformationBypassAccessCheck,
            sys::FileRenameInformationExBypassAccessCheck,
        ] {
            assert_eq!(failure(file.set_information(class, &rename)), sys::STATUS_ACCESS_DENIED, "class {class}");
        }
        assert!(program.exists("/kept"));
    }

    fn what_is_denied_under_one_name_is_not_allowed_by_another(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/kept", b"1").unwrap();
        program.open("/kept").unwrap().link(&common::units("/link"), RenameFlags::default()).unwrap();
        guarded.policy("[[rule]]\npath = '/kept'\noperation = 'delete'\naction = 'deny'\n");
        let to_delete = |name: &str| {
            program.open_as(name, |request| request.desired_access = sys::DELETE | sys::SYNCHRONIZE).unwrap().0
        };
        let (kept, link) = (to_delete("/kept"), to_delete("/link"));
        let dispose = |file: &fltsim::io::File, delete: u8| file.set_information(sys::FileDispositionInformation, &[delete]);
        // The file has two names, and each handle has the one that it was opened by, whoever comes first.
        dispose(&link, 1).unwrap();
        dispose(&link, 0).unwrap();
        assert_eq!(failure(dispose(&kept, 1)), sys::STATUS_ACCESS_DENIED);
        dispose(&link, 1).unwrap();
        drop((kept, link));
        assert!(program.exists("/kept"));
        assert!(!program.exists("/link"));
    }

    fn asking_for_all_access_asks_for_what_is_denied(guarded: &Guarded) {
        let program = guarded.anybody();
        for operation in ["read", "write", "execute"] {
            let name = format!("/{operation}");
            program.write(&name, b"1").unwrap();
            guarded.policy(&format!("[[rule]]\npath = '{name}'\noperation = '{operation}'\naction = 'deny'\n"));
            let opened = program.open_as(&name, |request| request.desired_access = sys::MAXIMUM_ALLOWED);
            assert_eq!(failure(opened), sys::STATUS_ACCESS_DENIED, "{operation}");
        }
    }

    fn what_may_not_be_created_may_not_be_renamed_there(guarded: &Guarded) {
        let program = guarded.anybody();
        program.make_directory("/vault").unwrap();
        program.write("/vault/plan", b"as it was").unwrap();
        program.write("/outside", b"outside").unwrap();
        guarded.policy("[[rule]]\npath = '/vault/**'\noperation = 'create'\naction = 'deny'\n[[rule]]\npath = '**'\noperation = 'rename'\naction = 'allow'\n");
        assert_eq!(failure(program.rename("/outside", "/vault/new")), sys::STATUS_ACCESS_DENIED);
        assert!(!program.exists("/vault/new"));
        program.rename("/vault/plan", "/taken-out").unwrap();
        assert_eq!(program.read("/taken-out").unwrap(), b"as it was");
    }

    fn changing_names_gets_round_no_rule(guarded: &Guarded) {
        let program = guarded.anybody();
        for folder in ["/vault", "/elsewhere"] {
            program.make_directory(folder).unwrap();
        }
        program.write("/vault/plan", b"as it was").unwrap();
        program.write("/junk", b"junk").unwrap();
        guarded.policy("[[rule]]\npath = '/vault/**'\noperation = ['write', 'delete']\naction = 'deny'\n");
        let open_for_rename = |name: &str| {
            program.open_as(name, |request| request.desired_access = sys::DELETE | sys::SYNCHRONIZE).unwrap().0
        };
        let replace = RenameFlags { replace: true, ..RenameFlags::default() };
        let plan = common::units("/vault/plan");
        // Over the file, away with its folder, and by a second name.
        assert_eq!(failure(open_for_rename("/junk").rename(&plan, replace)), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.rename("/vault", "/elsewhere/vault")), sys::STATUS_ACCESS_DENIED);
        let linked = open_for_rename("/vault/plan").link(&common::units("/second-name"), RenameFlags::default());
        assert_eq!(failure(linked), sys::STATUS_ACCESS_DENIED);
        assert_eq!(program.read("/vault/plan").unwrap(), b"as it was");
        assert!(!program.exists("/second-name"));
        program.rename("/elsewhere", "/anywhere").unwrap();
        open_for_rename("/junk").link(&common::units("/junk-again"), RenameFlags::default()).unwrap();
    }

    fn writing_to_a_mapping_ends_a_remembered_answer(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/file", b"first").unwrap();
        guarded.policy("[[rule]]\npath = '/file'\noperation = 'read'\naction = 'ask'\ntimeout = '10s'\n");
        let questions = Arc::new(AtomicU32::new(0));
        let _service = guarded.answerer({
            let questions = Arc::clone(&questions);
            move |_| {
                questions.fetch_add(1, Ordering::Relaxed);
                ALLOW
            }
        });
        let mapped = program.open_for_writing("/file").unwrap();
        program.read("/file").unwrap();
        assert_eq!(questions.load(Ordering::Relaxed), 1);
        mapped.write_paging(0, b"later").unwrap();
        program.read("/file").unwrap();
        assert_eq!(questions.load(Ordering::Relaxed), 2);
    }

    fn reads_are_refused_through_handles_that_were_open_before(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/secret", b"secret").unwrap();
        let open = program.open("/secret").unwrap();
        let mut buffer = [0; 16];
        assert_eq!(open.read(0, &mut buffer).unwrap(), 6);
        guarded.policy("[[rule]]\npath = '/secret'\noperation = 'read'\naction = 'deny'\n");
        assert_eq!(failure(program.open("/secret").map(drop)), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(open.read(0, &mut buffer)), sys::STATUS_ACCESS_DENIED);
    }

    fn the_first_rule_that_applies_decides(guarded: &Guarded) {
        let program = guarded.anybody();
        program.make_directory("/a").unwrap();
        program.write("/a/kept", b"1").unwrap();
        program.write("/a/open", b"2").unwrap();
        guarded.policy(r#"
            [[rule]]
            path = "/a/open"
            action = "allow"
            [[rule]]
            path = "/a/**"
            operation = "read"
            action = "deny"
        "#);
        assert_eq!(program.read("/a/open").unwrap(), b"2");
        assert_eq!(failure(program.read("/a/kept")), sys::STATUS_ACCESS_DENIED);
    }

    fn names_are_compared_without_case(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/Größe.KEY", b"1").unwrap();
        guarded.policy("[[rule]]\npath = 'grÖSSE.key'\naction = 'deny'\n[[rule]]\npath = 'GRÖßE.key'\naction = 'deny'\n");
        assert_eq!(failure(program.read("/größe.key")), sys::STATUS_ACCESS_DENIED);
    }

    fn rules_choose_by_the_requesting_process(guarded: &Guarded) {
        guarded.policy(r#"
            [[rule]]
            path = "*.log"
            operation = "delete"
            process = ["**/rm"]
            action = "deny"
        "#);
        let rm = guarded.program(r"\Device\HarddiskVolume1\usr\bin\RM");
        let other = guarded.program(r"\Device\HarddiskVolume1\usr\bin\firm");
        other.write("/a.log", b"1").unwrap();
        assert_eq!(failure(rm.delete("/a.log")), sys::STATUS_ACCESS_DENIED);
        assert!(rm.exists("/a.log"));
        other.delete("/a.log").unwrap();
        assert!(!rm.exists("/a.log"));
    }

    fn opening_to_execute_is_an_operation_of_its_own(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/tool", b"#!").unwrap();
        guarded.policy("[[rule]]\npath = '/tool'\noperation = 'execute'\naction = 'deny'\n");
        let executed = program.open_as("/tool", |request| request.desired_access = sys::FILE_EXECUTE | sys::SYNCHRONIZE);
        assert_eq!(failure(executed), sys::STATUS_ACCESS_DENIED);
        assert_eq!(program.read("/tool").unwrap(), b"#!");
    }

    fn observed_operations_are_reported_with_their_outcome(guarded: &Guarded) {
        guarded.policy("[[rule]]\npath = '/watched/**'\naction = 'observe'\n");
        let program = guarded.program(r"\Device\HarddiskVolume1\usr\bin\writer");
        let watcher = guarded.watch();
        program.make_directory("/watched").unwrap();
        program.write("/watched/one", b"12345").unwrap();
        assert_eq!(program.read("/watched/one").unwrap(), b"12345");
        program.rename("/watched/one", "/watched/two").unwrap();
        program.delete("/watched/two").unwrap();
        program.write("/unwatched", b"1").unwrap();

        let events = watcher.events();
        let story: Vec<(Operation, &str)> =
            events.iter().map(|event| (event.details.operation, event.name.rsplit('\\').next().unwrap())).collect();
        assert_eq!(story[0], (Operation::Create, "one"));
        assert_eq!(story[1], (Operation::Write, "one"));
        assert!(story[2..].starts_with(&[(Operation::Read, "one")]), "{story:?}");
        let rest: Vec<_> = story.iter().skip_while(|(operation, _)| *operation != Operation::Rename).collect();
        assert_eq!(rest, [&(Operation::Rename, "one"), &(Operation::Delete, "two")]);

        let device = guarded.volume.device_name();
        assert_eq!(events[0].name, format!(r"{device}\watched\one"));
        let rename = events.iter().find(|event| event.details.operation == Operation::Rename).unwrap();
        assert_eq!(rename.second, format!(r"{device}\watched\two"));
        for event in &events {
            assert_eq!(event.details.decision, Decision::Observed);
            assert_eq!(event.details.rule, 0);
            assert_ne!(event.details.rule, NO_RULE);
            assert_eq!(event.details.process, program.requestor.process.id);
            assert_eq!(event.image, "writer");
        }
        let failed: Vec<i32> = events.iter().map(|event| event.details.status).filter(|status| *status < 0).collect();
        assert!(failed.iter().all(|status| *status == sys::STATUS_END_OF_FILE), "{failed:x?}");
        let sequence: Vec<u64> = events.iter().map(|event| event.details.sequence).collect();
        assert!(sequence.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{sequence:?}");
        let times: Vec<u64> = events.iter().map(|event| event.details.time).collect();
        assert!(times.is_sorted(), "{times:?}");
    }

    fn listing_a_directory_is_reading_it(guarded: &Guarded) {
        let program = guarded.anybody();
        program.make_directory("/folder").unwrap();
        program.write("/folder/file", b"1").unwrap();
        let open = || program.open_as("/folder", |request| request.options |= sys::FILE_DIRECTORY_FILE).map(|(file, _)| file);
        let folder = open().unwrap();
        let mut entries = [0; 4096];
        guarded.policy("[[rule]]\npath = '/folder'\nprocess = '**/anybody'\noperation = 'read'\naction = 'observe'\n");
        let watcher = guarded.watch();
        let list = |folder: &fltsim::io::File, entries: &mut [u8]| {
            folder.query_directory(sys::FileNamesInformation, None, sys::SL_RESTART_SCAN, entries)
        };
        list(&folder, &mut entries).unwrap();
        // A directory is listed at up to APC_LEVEL, where the requesting process' image cannot be asked for.
        assert!(watcher.events().is_empty());
        guarded.policy("[[rule]]\npath = '/folder'\noperation = 'read'\naction = 'observe'\n");
        list(&folder, &mut entries).unwrap();
        assert_eq!(watcher.events().len(), 1);
        guarded.policy("[[rule]]\npath = '/folder'\noperation = 'read'\naction = 'deny'\n");
        assert_eq!(failure(list(&folder, &mut entries)), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(open().map(drop)), sys::STATUS_ACCESS_DENIED);
    }

    fn a_failed_operation_is_observed_with_its_status(guarded: &Guarded) {
        guarded.policy("[[rule]]\npath = '**'\noperation = 'create'\naction = 'observe'\n");
        let program = guarded.anybody();
        program.make_directory("/there").unwrap();
        let watcher = guarded.watch();
        assert_eq!(failure(program.make_directory("/there")), sys::STATUS_OBJECT_NAME_COLLISION);
        let events = watcher.events();
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0].details.status, sys::STATUS_OBJECT_NAME_COLLISION);
    }

    fn only_one_client_fetches_events(guarded: &Guarded) {
        use fileguard_protocol::{Hello, PORT_NAME, Role};
        let watcher = guarded.watch();
        let other = guarded.anybody();
        let second = || {
            guarded.machine.connect_port(&other.requestor.process, PORT_NAME, &Hello { role: Role::Observer }.encode())
        };
        assert_eq!(failure(second().map(drop)), sys::STATUS_SHARING_VIOLATION);
        drop(watcher);
        assert!(second().is_ok());
    }

    fn a_refusal_is_reported_and_counted(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/kept", b"1").unwrap();
        guarded.policy("[[rule]]\npath = '/nothing'\naction = 'allow'\n[[rule]]\npath = '/kept'\noperation = 'delete'\naction = 'deny'\n");
        let watcher = guarded.watch();
        assert_eq!(failure(program.delete("/kept")), sys::STATUS_ACCESS_DENIED);
        let events = watcher.events();
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0].details.decision, Decision::Denied);
        assert_eq!(events[0].details.operation, Operation::Delete);
        assert_eq!(events[0].details.rule, 1);
        assert_eq!(events[0].details.status, sys::STATUS_ACCESS_DENIED);
        assert_eq!(guarded.status().denied.get(), 1);
    }

    fn deletion_by_closing_a_handle_is_observed_and_denied_alike(guarded: &Guarded) {
        let program = guarded.anybody();
        let delete_on_close = |name: &str| program.open_as(name, |request| {
            request.desired_access = sys::DELETE | sys::SYNCHRONIZE;
            request.options |= sys::FILE_DELETE_ON_CLOSE;
        });
        program.write("/observed", b"1").unwrap();
        program.write("/denied", b"1").unwrap();
        guarded.policy("[[rule]]\npath = '/observed'\noperation='delete'\naction = 'observe'\n[[rule]]\npath = '/denied'\noperation='delete'\naction = 'deny'\n");
        let watcher = guarded.watch();
        assert_eq!(failure(delete_on_close("/denied")), sys::STATUS_ACCESS_DENIED);
        assert!(program.exists("/denied"));
        drop(delete_on_close("/observed").unwrap());
        assert!(!program.exists("/observed"));
        let deleted: Vec<_> = watcher.events().into_iter().filter(|event| event.details.decision == Decision::Observed).collect();
        assert_eq!(deleted.len(), 1, "{deleted:?}");
        assert_eq!(deleted[0].details.operation, Operation::Delete);
        assert!(deleted[0].name.ends_with(r"\observed"));
    }

    fn the_service_decides_by_the_content(guarded: &Guarded) {
        let program = guarded.program(r"\Device\HarddiskVolume1\usr\bin\reader");
        let long: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
        program.write("/good", &long).unwrap();
        program.write("/bad", b"contains a virus").unwrap();
        guarded.policy("[[rule]]\npath = '**'\noperation = ['read', 'execute']\naction = 'ask'\ntimeout = '10s'\nstatus = 'virus-infected'\n");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let _service = guarded.answerer({
            let seen = Arc::clone(&seen);
            move |question| {
                let bad = question.content.windows(5).any(|part| part == b"virus");
                seen.lock().unwrap().push((question.name.clone(), question.image.clone(), question.content.clone()));
                if bad { DENY } else { ALLOW }
            }
        });
        assert_eq!(program.read("/good").unwrap(), long);
        assert_eq!(failure(program.read("/bad")), sys::STATUS_VIRUS_INFECTED);
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0].0, format!(r"{}\good", guarded.volume.device_name()));
        assert_eq!(seen[0].1, r"\Device\HarddiskVolume1\usr\bin\reader");
        assert_eq!(seen[0].2, long, "the service reads what the file holds");
        assert_eq!(guarded.status().asked.get(), 2);
        assert_eq!(guarded.status().asks_pending.get(), 0);
    }

    fn a_verdict_is_remembered_until_the_content_changes(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/file", b"first").unwrap();
        guarded.policy("[[rule]]\npath = '/file'\noperation = 'read'\naction = 'ask'\ntimeout = '10s'\n");
        let questions = Arc::new(AtomicU32::new(0));
        let _service = guarded.answerer({
            let questions = Arc::clone(&questions);
            move |_| { questions.fetch_add(1, Ordering::Relaxed); ALLOW }
        });
        // A stream context lives as long as its stream, so one handle keeps it.
        let keeper = program.open_for_writing("/file").unwrap();
        assert_eq!(questions.load(Ordering::Relaxed), 1);
        program.read("/file").unwrap();
        assert_eq!(questions.load(Ordering::Relaxed), 1);
        keeper.write(WriteOffset::At(0), b"later").unwrap();
        assert_eq!(program.read("/file").unwrap(), b"later");
        assert_eq!(questions.load(Ordering::Relaxed), 2);
    }

    fn a_verdict_about_content_that_changed_meanwhile_is_not_remembered(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/file", b"first").unwrap();
        let keeper = program.open_for_writing("/file").unwrap();
        guarded.policy("[[rule]]\npath = '/file'\noperation = 'read'\naction = 'ask'\ntimeout = '60s'\n");
        let questions = Arc::new(AtomicU32::new(0));
        let (asked, was_asked) = std::sync::mpsc::channel();
        let (write, was_written) = std::sync::mpsc::channel();
        let _service = guarded.answerer({
            let questions = Arc::clone(&questions);
            move |_| {
                if questions.fetch_add(1, Ordering::Relaxed) == 0 {
                    asked.send(()).unwrap();
                    was_written.recv().unwrap();
                }
                ALLOW
            }
        });
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| program.read("/file"));
            was_asked.recv().unwrap();
            keeper.write(WriteOffset::At(0), b"later").unwrap();
            write.send(()).unwrap();
            reader.join().unwrap().unwrap();
        });
        program.read("/file").unwrap();
        assert_eq!(questions.load(Ordering::Relaxed), 2, "the service has not seen what is read now");
        program.read("/file").unwrap();
        assert_eq!(questions.load(Ordering::Relaxed), 2);
    }

    fn an_answer_to_one_rule_is_none_to_another(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/file", b"1").unwrap();
        let _keeper = program.open_for_writing("/file").unwrap();
        guarded.policy(r#"
            [[rule]]
            path = "/file"
            operation = "read"
            action = "ask"
            timeout = "10s"
            [[rule]]
            path = "/file"
            operation = "execute"
            action = "ask"
            timeout = "10s"
        "#);
        // The service lets the file be read and not executed.
        let questions = AtomicU32::new(0);
        let _service =
            guarded.answerer(move |_| if questions.fetch_add(1, Ordering::Relaxed) == 0 { ALLOW } else { DENY });
        program.read("/file").unwrap();
        let executed = program.open_as("/file", |request| request.desired_access = sys::FILE_EXECUTE | sys::SYNCHRONIZE);
        assert_eq!(failure(executed), sys::STATUS_ACCESS_DENIED);
    }

    fn what_would_change_something_is_asked_about_before(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/old", b"as it was").unwrap();
        guarded.policy("[[rule]]\npath = '**'\noperation = ['create', 'write', 'delete', 'rename']\naction = 'ask'\ntimeout = '10s'\n");
        let _service = guarded.answerer(|_| DENY);
        assert_eq!(failure(program.write("/new", b"1")), sys::STATUS_ACCESS_DENIED);
        assert!(!program.exists("/new"));
        assert_eq!(failure(program.write("/old", b"2")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.delete("/old")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(failure(program.rename("/old", "/new")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(program.read("/old").unwrap(), b"as it was");
    }

    fn without_an_answer_the_default_holds(guarded: &Guarded) {
        let program = guarded.anybody();
        for name in ["/allowed", "/denied"] {
            program.write(name, b"1").unwrap();
        }
        guarded.policy(r#"
            [[rule]]
            path = "/allowed"
            operation = "read"
            action = "ask"
            default = "allow"
            timeout = "50ms"
            [[rule]]
            path = "/denied"
            operation = "read"
            action = "ask"
            default = "deny"
            timeout = "50ms"
        "#);
        let watcher = guarded.watch();
        // Nobody is there to ask.
        assert!(program.read("/allowed").is_ok());
        assert_eq!(failure(program.read("/denied")), sys::STATUS_ACCESS_DENIED);
        let status = guarded.status();
        assert_eq!((status.asks_by_default.get(), status.asks_timed_out.get()), (2, 0));
        // Somebody is there and says nothing.
        let silent = Arc::new(AtomicBool::new(false));
        let _service = guarded.answerer({
            let silent = Arc::clone(&silent);
            move |_| { silent.store(true, Ordering::Relaxed); None }
        });
        assert!(program.read("/allowed").is_ok());
        assert_eq!(failure(program.read("/denied")), sys::STATUS_ACCESS_DENIED);
        assert!(silent.load(Ordering::Relaxed));
        let status = guarded.status();
        assert_eq!((status.asks_by_default.get(), status.asks_timed_out.get()), (2, 2));
        let decisions: Vec<Decision> = watcher.events().iter().map(|event| event.details.decision).collect();
        assert_eq!(decisions, [Decision::DefaultDenied, Decision::TimeoutDenied]);
    }

    fn a_policy_is_replaced_while_programs_use_files(guarded: &Guarded) {
        const DENY_A: &str = "[[rule]]\npath = '/a'\noperation = 'read'\naction = 'deny'\n";
        const DENY_B: &str = "[[rule]]\npath = '/b'\noperation = 'read'\naction = 'deny'\n";
        let setup = guarded.anybody();
        setup.write("/a", b"a").unwrap();
        setup.write("/b", b"b").unwrap();
        guarded.policy(DENY_A);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let program = guarded.anybody();
                    while !stop.load(Ordering::Relaxed) {
                        for (name, content) in [("/a", b"a"), ("/b", b"b")] {
                            match program.read(name) {
                                Ok(read) => assert_eq!(read, content),
                                Err(status) => assert_eq!(status.0, sys::STATUS_ACCESS_DENIED),
                            }
                        }
                    }
                });
            }
            for turn in 0..40 {
                guarded.policy(if turn % 2 == 0 { DENY_B } else { DENY_A });
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(guarded.status().policy_generation.get(), 41);
        assert_eq!(failure(setup.read("/a")), sys::STATUS_ACCESS_DENIED);
        assert_eq!(setup.read("/b").unwrap(), b"b");
    }

    fn the_policy_in_force_can_be_shown(guarded: &Guarded) {
        assert_eq!(guarded.policy_source(), "");
        let source = "# why\n[[rule]]\nname = 'no keys'\npath = '*.key'\naction = 'deny'\n";
        guarded.policy(source);
        assert_eq!(guarded.policy_source(), source);
        assert_eq!(guarded.status().rules.get(), 1);
    }

    fn without_anybody_who_watches_no_events_are_made(guarded: &Guarded) {
        guarded.policy("[[rule]]\npath = '**'\naction = 'observe'\n");
        let program = guarded.anybody();
        program.write("/one", b"1").unwrap();
        program.rename("/one", "/two").unwrap();
        program.delete("/two").unwrap();
        assert_eq!(guarded.status().events_produced.get(), 0);
        assert!(guarded.watch().events().is_empty());
    }

    fn events_that_do_not_fit_are_counted(guarded: &Guarded) {
        // The buffer that the service's INF sets up holds 4 MiB.
        const WRITES: u64 = 40_000;
        guarded.policy("[[rule]]\npath = '**'\noperation = 'write'\naction = 'observe'\n");
        let program = guarded.anybody();
        let file = program.open_for_writing("/written-very-often").unwrap();
        let watcher = guarded.watch();
        for _ in 0..WRITES {
            file.write(WriteOffset::At(0), b"x").unwrap();
        }
        let mut received = 0;
        let lost = loop {
            let (events, lost) = watcher.batch();
            if events.is_empty() {
                break lost;
            }
            received += events.len() as u64;
        };
        assert!(lost > 0, "the test writes too little to lose anything");
        assert_eq!(received + lost, WRITES);
        assert_eq!(guarded.status().events_lost.get(), lost);
        assert_eq!(guarded.status().events_produced.get(), WRITES);
    }

    fn unloading_waits_for_a_question_and_leaves_the_files(guarded: &Guarded) {
        let program = guarded.anybody();
        program.write("/file", b"content").unwrap();
        guarded.policy("[[rule]]\npath = '/file'\noperation = 'read'\naction = 'ask'\ntimeout = '300ms'\ndefault = 'allow'\n");
        let asked = Arc::new(AtomicBool::new(false));
        let service = guarded.answerer({
            let asked = Arc::clone(&asked);
            move |_| { asked.store(true, Ordering::Relaxed); None }
        });
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| program.read("/file"));
            while !asked.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            guarded.machine.unload("fileguard").unwrap();
            assert_eq!(reader.join().unwrap().unwrap(), b"content");
        });
        drop(service);
        assert_eq!(program.read("/file").unwrap(), b"content");
    }
}
