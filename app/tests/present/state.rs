//! The lesson's state machine, without a server: any commands, in any order.

use std::time::Duration;

use doormat::experiment::Conversation;
use doormat_app::present::{
    LessonState,
    ballot::Voter,
    command::{CommandError, LessonCommand},
    lesson::LessonScene,
    saved::SavedLesson,
};
use proptest::prelude::*;

const NOW: Duration = Duration::from_secs(1_767_603_600);

fn scenes() -> impl Strategy<Value = LessonScene> {
    prop::sample::select(&LessonScene::ALL[..])
}

fn commands() -> impl Strategy<Value = LessonCommand> {
    prop_oneof![
        4 => Just(LessonCommand::Next {}),
        2 => Just(LessonCommand::Back {}),
        1 => (0_usize..10).prop_map(|scene| LessonCommand::Jump { scene }),
        2 => ("(alice|bob|eve)", ".{0,90}").prop_map(|(sender, text)| LessonCommand::Say { sender, text }),
        1 => (scenes(), any::<bool>()).prop_map(|(scene, shown)| LessonCommand::ShowVotes { scene, shown }),
        1 => scenes().prop_map(|scene| LessonCommand::AskAgain { scene }),
        1 => any::<bool>().prop_map(|running| LessonCommand::StartClock { running }),
        1 => Just(LessonCommand::Clear {}),
    ]
}

fn begin() -> LessonState {
    LessonState::new(&Conversation::default(), 7).unwrap()
}

/// What is saved, as a file would have it.
fn saved(state: &LessonState) -> String {
    serde_json::to_string(&state.save()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_lesson_that_was_saved_resumes_as_it_was(asked in prop::collection::vec(commands(), 1..16)) {
        let mut state = begin();
        for command in asked {
            let before = saved(&state);
            match state.apply(command, NOW) {
                Ok(()) => {}
                Err(CommandError::Experiment(error)) => panic!("{error}"),
                // A command that is refused changes nothing.
                Err(_) => prop_assert_eq!(saved(&state), before),
            }
            let _ = state.vote(state.scene(), Voter::new([1; 16]), 0);
        }
        let lesson: SavedLesson = serde_json::from_str(&saved(&state)).unwrap();
        let mut again = begin();
        prop_assert!(again.resume(lesson).unwrap());
        prop_assert_eq!(saved(&again), saved(&state));
    }
}

#[test]
fn back_undoes_next_in_every_scene() {
    let mut state = begin();
    for scene in LessonScene::ALL {
        assert_eq!(state.scene(), scene);
        state.apply(LessonCommand::Next {}, NOW).unwrap();
        // The answer is shown before the scene goes on.
        if scene == LessonScene::Vote {
            assert_eq!(state.scene(), scene);
            state.apply(LessonCommand::Next {}, NOW).unwrap();
        }
    }
    for scene in LessonScene::ALL.into_iter().rev() {
        assert_eq!(state.scene(), scene);
        state.apply(LessonCommand::Back {}, NOW).unwrap();
    }
    assert_eq!(state.scene(), LessonScene::Talk);
}

#[test]
fn a_restart_leads_to_the_beginning() {
    let mut state = begin();
    let beginning = saved(&state);
    state.apply(LessonCommand::Jump { scene: 2 }, NOW).unwrap();
    state
        .vote(LessonScene::Vote, Voter::new([1; 16]), 0)
        .unwrap();
    let say = LessonCommand::Say {
        sender: "bob".to_owned(),
        text: "one more".to_owned(),
    };
    state.apply(say, NOW).unwrap();
    state
        .apply(LessonCommand::StartClock { running: true }, NOW)
        .unwrap();
    state.apply(LessonCommand::Restart {}, NOW).unwrap();
    assert_eq!(saved(&state), beginning);
}
